process.on('exit', (c) => console.log('exit ' + c));
process.on('uncaughtExceptionMonitor', (e) => console.log('monitor ' + e.message));
Promise.reject(new Error('one'));
Promise.reject(new Error('two'));
process.nextTick(() => console.log('tick'));
