process.on('exit', (c) => { console.log('exit ' + c); process.exitCode = 4; });
process.on('exit', (c) => console.log('second gets ' + c + ' but exitCode is ' + process.exitCode));
setTimeout(() => console.log('timer'), 1);
console.log('main');
