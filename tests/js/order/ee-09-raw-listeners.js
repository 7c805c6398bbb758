const { EventEmitter } = require('events');
const e = new EventEmitter();
const f = () => console.log('f');
e.once('x', f); e.on('x', f);
const raw = e.rawListeners('x'), plain = e.listeners('x');
console.log(raw[0] === f, raw[0].listener === f, raw[1] === f, plain[0] === f, plain.length);
raw[0]();
console.log(e.listenerCount('x'));
plain.push(1); console.log(e.listeners('x').length, e.rawListeners('none').length);
