process.on('unhandledRejection', (r, p) => console.log('unhandled ' + r.message + ' ' + (p instanceof Promise)));
Promise.reject(new Error('boom'));
process.nextTick(() => console.log('tick'));
queueMicrotask(() => console.log('micro'));
queueMicrotask(() => process.nextTick(() => console.log('tick of micro')));
setImmediate(() => console.log('immediate'));
