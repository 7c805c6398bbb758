// Module code runs inside a promise job, so microtasks come before ticks.
process.nextTick(() => console.log('tick'));
Promise.resolve().then(() => console.log('micro')).then(() => console.log('micro 2'));
queueMicrotask(() => { console.log('queued'); process.nextTick(() => console.log('tick of queued')); });
setImmediate(() => console.log('immediate'));
console.log('sync');
