process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
setImmediate(() => { Promise.reject('one'); queueMicrotask(() => console.log('micro 1')); });
setImmediate(() => { console.log('second'); Promise.reject('two'); });
setImmediate(() => console.log('third'));
