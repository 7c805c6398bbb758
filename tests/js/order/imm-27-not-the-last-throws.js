process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => { process.nextTick(() => console.log('tick')); setImmediate(() => console.log('next round')); throw new Error('first'); });
setImmediate(() => { console.log('last'); queueMicrotask(() => setImmediate(() => console.log('next round too'))); });
