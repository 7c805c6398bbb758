process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
process.on('rejectionHandled', () => console.log('rejectionHandled'));
const p = Promise.reject('p');
setImmediate(() => { p.catch(() => console.log('c1')); p.catch(() => console.log('c2')); p.then(null, () => console.log('c3')); });
