process.on('uncaughtExceptionMonitor', (e, origin) => console.log('monitor ' + e.message + ' ' + origin));
process.on('uncaughtException', (e) => console.log('handler ' + e.message));
setImmediate(() => { throw new Error('a'); });
setImmediate(() => { Promise.reject(new Error('b')); });
