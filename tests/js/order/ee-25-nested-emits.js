const { EventEmitter } = require('events');
const e = new EventEmitter();
e.on('a', (n) => { console.log('a1 ' + n); if (n < 2) e.emit('a', n + 1); console.log('a1 back ' + n); });
e.on('a', (n) => { console.log('a2 ' + n); if (n === 0) e.emit('b'); });
e.on('b', () => { console.log('b'); process.nextTick(() => console.log('tick of b')); });
e.emit('a', 0);
queueMicrotask(() => console.log('micro'));
console.log('end');
