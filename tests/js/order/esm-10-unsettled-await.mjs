process.on('exit', (c) => console.log('exit ' + c));
process.on('beforeExit', () => console.log('beforeExit'));
console.log('waiting');
await new Promise(() => {});
console.log('never');
