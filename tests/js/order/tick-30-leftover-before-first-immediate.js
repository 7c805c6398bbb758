process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => { console.log('immediate 1'); setImmediate(() => console.log('second round')); });
process.nextTick(() => { throw new Error('tick'); });
Promise.resolve().then(() => setImmediate(() => console.log('immediate 2, same round')));
process.nextTick(() => setImmediate(() => console.log('immediate of the left over tick')));
