process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
process.on('exit', (c) => { console.log('exit ' + c); Promise.reject('in exit'); });
