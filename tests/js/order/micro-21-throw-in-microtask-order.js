process.on('uncaughtException', (e, origin) => console.log('uncaught ' + e.message + ' ' + origin));
queueMicrotask(() => console.log('m1'));
queueMicrotask(() => { process.nextTick(() => console.log('tick of thrower')); throw new Error('m2'); });
queueMicrotask(() => console.log('m3'));
queueMicrotask(() => { throw new Error('m4'); });
queueMicrotask(() => console.log('m5'));
