// A tick that throws leaves the rest of its queue to the next callback scope: here the due timer's.
process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setTimeout(() => console.log('timer 1'), 1);
setTimeout(() => console.log('timer 2'), 1);
setImmediate(() => console.log('immediate'));
process.nextTick(() => { throw new Error('tick'); });
process.nextTick(() => console.log('left over tick'));
queueMicrotask(() => console.log('left over micro'));
const end = Date.now() + 20; while (Date.now() < end);
