const { once, EventEmitter } = require('events');
const e = new EventEmitter();
(async () => {
  setImmediate(() => { e.emit('x', 1, 2); console.log('emitted'); });
  console.log(await once(e, 'x'));
  process.nextTick(() => e.emit('error', new Error('bad')));
  try { await once(e, 'x'); } catch (err) { console.log('rejected ' + err.message); }
  process.nextTick(() => e.emit('error', new Error('asked for')));
  console.log((await once(e, 'error'))[0].message);
  console.log(e.listenerCount('x'), e.listenerCount('error'));
})();
