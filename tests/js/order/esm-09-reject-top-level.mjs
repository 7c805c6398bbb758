process.on('uncaughtException', (e, origin) => console.log('uncaught ' + e.message + ' ' + origin));
process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => console.log('immediate'));
await Promise.reject(new Error('awaited'));
