process.once('uncaughtException', (e) => console.log('once ' + e.message));
process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => { throw new Error('one'); });
setImmediate(() => { throw new Error('two'); });
setImmediate(() => console.log('never'));
