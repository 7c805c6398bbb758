process.on('beforeExit', () => console.log('never'));
process.on('exit', (c) => console.log('exit ' + c));
setTimeout(() => console.log('never'), 1);
process.nextTick(() => console.log('never'));
process.exit(2);
