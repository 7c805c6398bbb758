const { once, EventEmitter } = require('events');
const e = new EventEmitter();
once(e, 'x').then(([v]) => console.log('promise ' + v));
e.on('x', (v) => { console.log('listener ' + v); process.nextTick(() => console.log('tick ' + v)); });
e.emit('x', 1);
e.emit('x', 2);
queueMicrotask(() => console.log('micro'));
console.log('sync');
