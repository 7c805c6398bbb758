const { EventEmitter } = require('events');
process.on('exit', (c) => console.log('exit ' + c));
setImmediate(() => { new EventEmitter().emit('error', new Error('unhandled error event')); });
setTimeout(() => console.log('never'), 3000);
