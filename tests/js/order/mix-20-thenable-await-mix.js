const thenable = { then(res) { console.log('then called'); res('thenable'); } };
(async () => { console.log('A'); console.log(await thenable); console.log('B'); })();
Promise.resolve(thenable).then((v) => console.log('resolved ' + v));
process.nextTick(() => console.log('tick'));
queueMicrotask(() => console.log('micro'));
console.log('sync');
