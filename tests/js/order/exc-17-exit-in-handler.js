process.on('uncaughtException', (e) => { console.log('caught ' + e.message); process.exit(12); });
process.on('exit', (c) => console.log('exit ' + c));
setTimeout(() => console.log('never'), 1);
throw new Error('x');
