process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
setTimeout(() => { Promise.reject('one'); process.nextTick(() => console.log('tick 1')); }, 2);
setTimeout(() => { console.log('second timer'); Promise.reject('two'); }, 2);
setTimeout(() => console.log('third timer'), 2);
