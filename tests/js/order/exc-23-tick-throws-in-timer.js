process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setTimeout(() => { process.nextTick(() => { throw new Error('tick'); }); process.nextTick(() => console.log('tick 2')); console.log('t1'); }, 2);
setTimeout(() => console.log('t2'), 2);
setTimeout(() => console.log('t3'), 2);
const end = Date.now() + 20; while (Date.now() < end);
