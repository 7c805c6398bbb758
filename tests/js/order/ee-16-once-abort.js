const { once, on, EventEmitter } = require('events');
const e = new EventEmitter();
const ac = new AbortController();
once(e, 'x', { signal: ac.signal }).catch((x) => console.log(x.name, x.code));
(async () => { try { for await (const v of on(e, 'y', { signal: ac.signal })) console.log(v); } catch (x) { console.log('iterator ' + x.name); } })();
setImmediate(() => { e.emit('y', 1); setImmediate(() => { ac.abort(); console.log('aborted ' + e.listenerCount('x')); }); });
