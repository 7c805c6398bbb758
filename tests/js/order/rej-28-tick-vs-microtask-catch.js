process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
const mk = (n) => { const p = Promise.reject(n); return p; };
setImmediate(() => { const p = mk('a'); process.nextTick(() => process.nextTick(() => p.catch(() => console.log('a caught by a tick of a tick')))); });
setImmediate(() => { const p = mk('b'); queueMicrotask(() => process.nextTick(() => queueMicrotask(() => p.catch(() => console.log('b caught in time'))))); });
setImmediate(() => { const p = mk('c'); setTimeout(() => p.catch(() => console.log('c caught too late')), 1); });
