function deferred() { let resolve, reject; const promise = new Promise((a, b) => { resolve = a; reject = b; }); return { promise, resolve, reject }; }
const d = deferred(), e = deferred();
d.promise.then((v) => { console.log('d ' + v); e.reject(new Error('from d')); console.log('e rejected'); });
e.promise.catch((x) => console.log('e ' + x.message));
console.log('nothing yet');
setImmediate(() => { d.resolve('now'); d.resolve('ignored'); console.log('resolved in immediate'); });
