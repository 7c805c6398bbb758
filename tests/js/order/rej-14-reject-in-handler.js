let n = 0;
process.on('unhandledRejection', (r) => { console.log('handler ' + r); if (n++ < 3) Promise.reject('again ' + n); process.nextTick(() => console.log('tick ' + r)); });
Promise.reject('first');
setImmediate(() => console.log('immediate'));
