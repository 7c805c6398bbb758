process.on('exit', (c) => console.log('listener got ' + c));
console.log('emit returned ' + process.emit('exit', 77));
console.log('still here');
process.emit('beforeExit', 1);
