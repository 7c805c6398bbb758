process.on('uncaughtException', (e) => console.log('caught', e.message, e.code));
const { EventEmitter } = require('events');
setImmediate(() => new EventEmitter().emit('error', new Error('plain')));
setImmediate(() => new EventEmitter().emit('error', 'just text'));
setImmediate(() => new EventEmitter().emit('error'));
setImmediate(() => new EventEmitter().emit('error', { a: 1 }));
