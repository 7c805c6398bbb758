process.on('uncaughtException', function h(e) { console.log('caught ' + e.message); process.off('uncaughtException', h); });
process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => { throw new Error('one'); });
setImmediate(() => { console.log('between'); });
setImmediate(() => { throw new Error('two'); });
