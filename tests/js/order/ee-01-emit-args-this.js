const EventEmitter = require('events');
const e = new EventEmitter();
e.on('x', function (...a) { console.log(this === e, a.length, a.join()); });
e.on('x', (...a) => console.log(this === e, a.join('-')));
for (let i = 0; i < 5; i++) e.emit('x', ...Array.from({ length: i }, (_, k) => k));
console.log(EventEmitter === EventEmitter.EventEmitter, EventEmitter.defaultMaxListeners, EventEmitter.name);
