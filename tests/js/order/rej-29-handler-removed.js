const h = (r) => { console.log('unhandled ' + r); process.off('unhandledRejection', h); setImmediate(() => { Promise.reject(new Error('second')); }); };
process.on('unhandledRejection', h);
process.on('exit', (c) => console.log('exit ' + c));
Promise.reject('first');
