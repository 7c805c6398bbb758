const { EventEmitter } = require('events');
process.on('warning', (w) => console.log(w.name, w.count, w.type, w.emitter === e, w.message));
const e = new EventEmitter();
e.setMaxListeners(2);
console.log(e.getMaxListeners(), new EventEmitter().getMaxListeners());
for (let i = 0; i < 5; i++) e.on('x', () => {});
const q = new EventEmitter(); q.setMaxListeners(Infinity); for (let i = 0; i < 30; i++) q.on('y', () => {});
for (const bad of [-1, NaN, 'x']) { try { e.setMaxListeners(bad); } catch (x) { console.log(x.code, x.message); } }
