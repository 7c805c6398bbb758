const fsp = require('fs/promises');
process.on('uncaughtException', (e, o) => console.log('uncaught ' + e.message + ' ' + o));
(async () => { await fsp.stat('.'); setImmediate(() => console.log('immediate')); process.nextTick(() => console.log('tick')); throw new Error('after stat'); })();
