const fsp = require('fs/promises');
fsp.stat('.').then(() => { console.log('stat then'); process.nextTick(() => console.log('tick')); queueMicrotask(() => console.log('micro')); setImmediate(() => console.log('immediate')); }).then(() => console.log('second then'));
process.nextTick(() => console.log('first tick'));
Promise.resolve().then(() => console.log('first micro'));
