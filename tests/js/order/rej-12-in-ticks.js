process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
process.nextTick(() => { Promise.reject('from tick'); process.nextTick(() => console.log('inner tick')); });
process.nextTick(() => console.log('tick 2'));
queueMicrotask(() => { Promise.reject('from micro'); queueMicrotask(() => console.log('inner micro')); });
