process.on('warning', (w) => console.log(w.name + ' ' + w.id));
process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
process.on('rejectionHandled', () => console.log('rejectionHandled'));
const p = Promise.reject('x');
setTimeout(() => p.catch(() => console.log('caught')), 100);
