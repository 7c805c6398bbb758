process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => { process.nextTick(() => console.log('tick 1')); setImmediate(() => console.log('next round')); throw new Error('i1'); });
setImmediate(() => console.log('i2'));
setImmediate(() => { throw new Error('i3'); });
setImmediate(() => console.log('i4'));
