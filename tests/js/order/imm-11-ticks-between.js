setImmediate(() => { console.log('i1'); process.nextTick(() => { console.log('t1'); setImmediate(() => console.log('i4')); }); });
setImmediate(() => { console.log('i2'); Promise.resolve().then(() => { console.log('m2'); process.nextTick(() => console.log('t2')); }); });
setImmediate(() => console.log('i3'));
