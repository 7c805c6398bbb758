process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => { process.nextTick(() => console.log('t1')); queueMicrotask(() => console.log('m1')); setImmediate(() => console.log('round 2 a')); throw new Error('i1'); });
setImmediate(() => { setImmediate(() => console.log('round 2 b')); throw new Error('i2'); });
