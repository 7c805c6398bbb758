process.on('uncaughtException', (e, origin) => console.log(origin + ': ' + e.message));
Promise.reject(new Error('an error'));
setImmediate(() => console.log('goes on'));
