const thenable = (name) => ({ then(res) { console.log('then of ' + name + ' called'); res(name); } });
Promise.resolve(thenable('a')).then((v) => console.log('got ' + v));
new Promise((r) => { r(thenable('b')); console.log('resolved with b'); }).then((v) => console.log('got ' + v));
queueMicrotask(() => console.log('microtask'));
(async () => { console.log('got ' + (await thenable('c'))); })();
console.log('sync');
