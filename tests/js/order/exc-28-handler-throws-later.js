// A handler that throws asynchronously is an ordinary uncaught exception again.
let n = 0;
process.on('uncaughtException', (e) => { console.log('caught ' + e.message); if (n++ < 3) process.nextTick(() => { throw new Error('again ' + n); }); });
setImmediate(() => { throw new Error('first'); });
