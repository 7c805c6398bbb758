process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => { console.log('one'); process.nextTick(() => console.log('tick')); });
setImmediate(() => { throw new Error('two'); });
setImmediate(() => console.log('never'));
