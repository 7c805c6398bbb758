process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => console.log('never'));
process.nextTick(() => console.log('tick runs'));
Promise.reject(new Error('nobody'));
Promise.resolve().then(() => console.log('micro runs'));
