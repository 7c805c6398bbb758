const { EventEmitter } = require('events');
const e = new EventEmitter();
const b = () => console.log('b');
e.on('x', () => { console.log('a removes b'); e.off('x', b); });
e.on('x', b);
e.on('x', () => { console.log('c adds d'); e.on('x', () => console.log('d')); });
e.emit('x');
console.log('--');
e.emit('x');
