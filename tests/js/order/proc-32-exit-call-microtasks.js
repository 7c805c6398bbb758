process.on('exit', () => { console.log('exit 1'); Promise.resolve().then(() => console.log('micro of exit')); process.nextTick(() => console.log('tick of exit')); });
setImmediate(() => { Promise.resolve().then(() => console.log('micro')); process.exit(); });
