const { EventEmitter } = require('events');
const e = new EventEmitter();
const s = Symbol('sym');
e.on(s, () => console.log('symbol')); e.on('b', () => {}); e.on('a', () => {}); e.on(5, () => console.log('number')); e.on('__proto__', () => console.log('proto'));
console.log(e.eventNames()); e.emit(s); e.emit('5'); e.emit('__proto__'); console.log(e.emit('toString'));
