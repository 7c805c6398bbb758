// The first process.exit wins; pending work of all kinds is dropped.
process.on('exit', (c) => console.log('exit ' + c));
Promise.resolve().then(() => { console.log('micro'); process.exit(21); }).then(() => console.log('never'));
process.nextTick(() => console.log('tick'));
queueMicrotask(() => console.log('never'));
setImmediate(() => process.exit(22));
