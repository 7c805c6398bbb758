process.once('beforeExit', () => { console.log('beforeExit once'); setImmediate(() => console.log('one more turn')); });
process.once('exit', () => console.log('exit once'));
process.on('custom', (x) => { console.log('custom ' + x); process.nextTick(() => console.log('tick ' + x)); });
process.emit('custom', 1); process.emit('custom', 2);
Promise.resolve().then(() => process.emit('custom', 3));
