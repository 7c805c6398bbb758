process.on('unhandledRejection', (e) => console.log('unhandled ' + e.code + ' ' + e.syscall));
process.on('exit', (c) => console.log('exit ' + c));
require('fs/promises').readFile('nope');
process.nextTick(() => console.log('tick'));
