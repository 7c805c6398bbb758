process.on('exit', () => console.log('exit'));
setImmediate(() => console.log('1'));
setImmediate(() => { console.log('2'); process.exit(); });
setImmediate(() => console.log('never'));
process.nextTick(() => console.log('tick'));
