process.on('unhandledRejection', (r) => { console.log('unhandled ' + r); throw new Error('from handler'); });
process.on('exit', (c) => console.log('exit ' + c));
Promise.reject('r');
setImmediate(() => console.log('never'));
