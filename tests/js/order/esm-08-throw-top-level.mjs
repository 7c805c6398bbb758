process.on('exit', (c) => console.log('exit ' + c));
process.nextTick(() => console.log('tick'));
console.log('before');
throw new Error('top level');
