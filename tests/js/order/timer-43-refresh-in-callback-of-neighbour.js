setTimeout(() => { setImmediate(() => console.log('immediate')); console.log('a refreshes b'); b.refresh(); }, 1);
const b = setTimeout(() => console.log('b'), 1);
setTimeout(() => console.log('c'), 1);
const end = Date.now() + 20; while (Date.now() < end);
