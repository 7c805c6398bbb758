process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setTimeout(() => { process.nextTick(() => console.log('tick 1')); throw new Error('t1'); }, 2);
setTimeout(() => console.log('t2'), 2);
setTimeout(() => { queueMicrotask(() => console.log('micro 3')); throw new Error('t3'); }, 2);
setTimeout(() => console.log('t4'), 2);
const end = Date.now() + 20; while (Date.now() < end);   // all four are due at once
