Promise.race([new Promise((r) => setTimeout(r, 60, 'slow')), new Promise((r) => setTimeout(r, 5, 'fast'))]).then((v) => console.log(v));
Promise.race([Promise.resolve('a'), Promise.resolve('b')]).then((v) => console.log('first listed ' + v));
Promise.race([new Promise(() => {}), 'value']).then((v) => console.log(v));
Promise.race([Promise.reject(new Error('lost')), Promise.resolve('x')]).catch((e) => console.log('rejected ' + e.message));
let settled = false;
Promise.race([]).then(() => { settled = true; });
process.on('exit', () => console.log('empty race settled: ' + settled));
