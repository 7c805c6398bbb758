process.on('uncaughtException', (e) => { console.log('caught ' + e.message); setImmediate(() => console.log('handler immediate')); queueMicrotask(() => console.log('handler micro')); });
setImmediate(() => { process.nextTick(() => { throw new Error('x'); }); process.nextTick(() => console.log('next')); setImmediate(() => console.log('round 2')); });
setImmediate(() => console.log('same round'));
