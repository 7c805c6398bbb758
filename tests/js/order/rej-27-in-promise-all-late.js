process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
process.on('rejectionHandled', () => console.log('rejectionHandled'));
const parts = [new Promise((_, j) => setImmediate(j, 'one')), new Promise((_, j) => setImmediate(j, 'two'))];
setImmediate(() => Promise.all(parts).catch((r) => console.log('all ' + r)));
