process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => { queueMicrotask(() => { throw new Error('micro'); }); queueMicrotask(() => console.log('micro 2')); process.nextTick(() => console.log('tick')); console.log('i1'); });
setImmediate(() => console.log('i2'));
setImmediate(() => console.log('i3'));
