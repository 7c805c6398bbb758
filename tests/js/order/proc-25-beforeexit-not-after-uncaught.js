process.on('beforeExit', (c) => console.log('beforeExit ' + c));
process.on('exit', (c) => console.log('exit ' + c));
let n = 0;
process.on('uncaughtException', (e) => { console.log(e.message); process.exitCode = 8; });
setTimeout(() => { throw new Error('saved'); }, 1);
