const { on, EventEmitter } = require('events');
const e = new EventEmitter();
(async () => {
  process.nextTick(() => { e.emit('x', 1); e.emit('x', 2, 'b'); setImmediate(() => { e.emit('x', 3); }); });
  for await (const v of on(e, 'x')) { console.log(v); if (v[0] === 3) break; }
  console.log('left ' + e.listenerCount('x'));
  process.nextTick(() => { e.emit('x', 4); e.emit('error', new Error('stop')); });
  try { for await (const v of on(e, 'x')) console.log(v); } catch (x) { console.log(x.message); }
})();
