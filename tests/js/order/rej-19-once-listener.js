process.once('unhandledRejection', (r) => console.log('once ' + r));
process.on('exit', (c) => console.log('exit ' + c));
Promise.reject('first');
setImmediate(() => { Promise.reject('second'); });
setTimeout(() => console.log('never'), 3000);
