process.on('unhandledRejection', (r) => { console.log('unhandled ' + r); process.exitCode = 9; });
process.on('exit', (c) => console.log('exit ' + c));
Promise.reject('x');
