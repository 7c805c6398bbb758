const events = require('events');
process.on('warning', (w) => console.log(w.type + ' ' + w.count));
events.defaultMaxListeners = 1;
const a = new events();
a.on('one', () => {}); a.on('one', () => {});
const b = new events(); events.setMaxListeners(3, b);
for (let i = 0; i < 4; i++) b.on('three', () => {});
try { events.defaultMaxListeners = -1; } catch (e) { console.log(e.code); }
console.log(events.getMaxListeners?.(b), events.EventEmitter.defaultMaxListeners);
