process.on('uncaughtException', (e) => { console.log('caught ' + e.message); process.nextTick(() => console.log('tick of handler ' + e.message)); });
for (let i = 1; i <= 6; i++) process.nextTick(() => { console.log('tick ' + i); if (i % 2) throw new Error('e' + i); });
setImmediate(() => { console.log('immediate 1'); process.nextTick(() => console.log('tick of immediate 1')); });
setImmediate(() => console.log('immediate 2'));
