let n = 0;
process.on('uncaughtException', (e) => { console.log('caught ' + e.message); if (n < 2) setImmediate(() => console.log('immediate')); });
process.on('beforeExit', () => { n++; console.log('beforeExit ' + n); if (n < 4) throw new Error('in beforeExit ' + n); });
process.on('exit', (c) => console.log('exit ' + c));
