process.on('uncaughtException', (e) => console.log('caught ' + e.message));
process.nextTick(() => console.log('tick'));
queueMicrotask(() => console.log('micro'));
setTimeout(() => console.log('timeout'), 0);
setImmediate(() => console.log('immediate'));
process.on('exit', (c) => console.log('exit ' + c));
const end = Date.now() + 5; while (Date.now() < end);
throw new Error('main');
