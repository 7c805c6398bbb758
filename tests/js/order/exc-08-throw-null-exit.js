process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => { throw null; });
