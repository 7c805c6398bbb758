const p = Promise.resolve(1);
console.log('same object: ' + (Promise.resolve(p) === p) + ' ' + (new Promise((r) => r(p)) === p));
let q = Promise.resolve();
for (let i = 1; i <= 5; i++) q = q.then(() => console.log('step ' + i));
Promise.resolve(p).then(() => console.log('Promise.resolve(p)'));
new Promise((r) => r(p)).then(() => console.log('new Promise(r => r(p))'));
