process.on('unhandledRejection', (r) => { console.log('unhandled ' + r); setImmediate(() => console.log('immediate')); });
process.once('beforeExit', () => { console.log('beforeExit'); Promise.reject('r'); process.nextTick(() => console.log('tick')); queueMicrotask(() => console.log('micro')); });
process.on('exit', () => console.log('exit'));
