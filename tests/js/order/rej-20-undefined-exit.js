process.on('exit', (c) => console.log('exit ' + c + ' ' + process.exitCode));
setTimeout(() => { console.log('timer'); Promise.reject(undefined); }, 1);
setTimeout(() => console.log('never'), 3000);
