process.on('exit', (c) => { console.log('exit ' + c + ' ' + process.exitCode); });
process.nextTick(() => console.log('never'));
console.log('before');
throw new Error('main');
