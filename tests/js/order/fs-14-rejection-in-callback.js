const fs = require('fs');
process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
fs.stat('.', () => { Promise.reject('in stat'); process.nextTick(() => console.log('tick')); setImmediate(() => console.log('immediate')); });
process.on('exit', () => fs.stat('.', () => console.log('never')));
setTimeout(() => fs.stat('.', async () => { await null; console.log('async callback'); throw 'from async callback'; }), 150);
