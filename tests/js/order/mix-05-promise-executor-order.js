console.log('start');
const p = new Promise((resolve, reject) => { console.log('executor'); resolve('first'); reject(new Error('ignored')); resolve('ignored'); console.log('after resolve'); });
p.then((v) => { console.log(v); return 'second'; }).then((v) => { console.log(v); throw new Error('third'); }).catch((e) => { console.log(e.message); }).finally(() => console.log('finally')).then((v) => console.log('last ' + v));
console.log('end');
