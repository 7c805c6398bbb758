let r;
const p = new Promise((x) => { r = x; });
p.then(() => console.log('1'));
p.then(() => console.log('2'));
queueMicrotask(() => console.log('queued before resolve'));
r();
p.then(() => console.log('3'));
queueMicrotask(() => console.log('queued after resolve'));
console.log('sync');
