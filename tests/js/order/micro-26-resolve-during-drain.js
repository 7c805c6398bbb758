const rs = [];
const ps = [1, 2, 3].map((n) => new Promise((r) => rs.push(r)).then((v) => console.log('p' + n + ' ' + v)));
queueMicrotask(() => { console.log('resolve 3'); rs[2]('x'); queueMicrotask(() => console.log('inner')); console.log('resolve 1'); rs[0]('y'); });
queueMicrotask(() => { console.log('resolve 2'); rs[1]('z'); });
Promise.all(ps).then(() => console.log('all'));
