process.on('uncaughtExceptionMonitor', (e) => console.log('monitor ' + e.message));
process.on('exit', (c) => console.log('exit ' + c));
setTimeout(() => { throw new Error('fatal'); }, 1);
setTimeout(() => console.log('never'), 3000);
