process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
const p = Promise.reject('shared');
p.then(() => console.log('no'));
p.catch((r) => console.log('branch caught ' + r));
p.finally(() => console.log('branch finally'));
