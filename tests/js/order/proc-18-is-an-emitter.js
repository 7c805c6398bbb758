const EventEmitter = require('events');
console.log(process instanceof EventEmitter, typeof process.on, process.listenerCount('exit'));
process.once('custom', (a, b) => console.log('custom', a, b));
console.log(process.emit('custom', 1, 2), process.emit('custom'));
process.on('newListener', (n) => console.log('newListener ' + String(n)));
process.on('other', () => {});
console.log(process.eventNames().includes('other'), process.off('other', () => {}) === process);
