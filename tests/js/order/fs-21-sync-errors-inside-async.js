const fs = require('fs');
process.on('uncaughtException', (e) => console.log('uncaught', e.code, e.syscall, e.path));
fs.stat('.', () => { setImmediate(() => console.log('immediate')); fs.readFileSync('gone'); });
setTimeout(() => fs.statSync('gone too'), 150);
setTimeout(() => fs.readFile('missing', (e) => { throw e; }), 300);
