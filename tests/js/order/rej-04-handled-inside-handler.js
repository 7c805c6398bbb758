process.on('unhandledRejection', (r, p) => { console.log('unhandled ' + r); p.catch((x) => console.log('caught ' + x)); process.nextTick(() => console.log('tick')); });
process.on('rejectionHandled', () => console.log('rejectionHandled'));
Promise.reject('a');
Promise.reject('b');
