process.on('uncaughtException', (e, origin) => console.log('uncaught ' + e.message + ' ' + origin));
process.on('unhandledRejection', (r) => { console.log('handler ' + r); throw new Error('thrown for ' + r); });
Promise.reject('a');
Promise.reject('b');
setImmediate(() => console.log('immediate'));
