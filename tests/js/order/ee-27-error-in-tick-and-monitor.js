const { EventEmitter } = require('events');
process.on('uncaughtException', (e, o) => console.log('uncaught ' + e.message + ' ' + o));
const e = new EventEmitter();
e.on(EventEmitter.errorMonitor, (x) => console.log('monitor ' + x.message));
process.nextTick(() => { e.emit('error', new Error('first')); console.log('never'); });
process.nextTick(() => { e.once('error', (x) => console.log('handled ' + x.message)); e.emit('error', new Error('second')); e.emit('error', new Error('third')); });
process.nextTick(() => console.log('last tick'));
