process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => console.log('1'));
setImmediate(() => { setImmediate(() => console.log('next round of 2')); throw new Error('2'); });
setImmediate(() => { process.nextTick(() => console.log('tick 3')); console.log('3'); });
setImmediate(() => { throw new Error('4'); });
