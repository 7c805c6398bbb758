setImmediate(() => console.log('unref but kept alive by the other')).unref();
setImmediate(() => console.log('normal'));
setImmediate(() => setImmediate(() => console.log('never')).unref());
process.on('exit', () => console.log('exit'));
