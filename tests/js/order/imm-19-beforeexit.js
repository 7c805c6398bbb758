let n = 0;
process.on('beforeExit', () => { console.log('beforeExit ' + n); if (n++ < 2) setImmediate(() => console.log('immediate ' + n)); });
process.on('exit', () => console.log('exit'));
