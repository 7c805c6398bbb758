const { EventEmitter } = require('events');
const e = new EventEmitter();
const out = [];
e.on('x', () => out.push(1)).prependListener('x', () => out.push(0)).prependOnceListener('x', () => out.push(-1)).once('x', () => out.push(2));
e.emit('x'); e.emit('x');
console.log(out.join());
