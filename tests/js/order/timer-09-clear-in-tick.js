const a = setTimeout(() => { console.log('a'); process.nextTick(() => clearTimeout(b)); queueMicrotask(() => clearTimeout(c)); }, 5);
const b = setTimeout(() => console.log('never b'), 5);
const c = setTimeout(() => console.log('never c'), 5);
const d = setTimeout(() => console.log('d'), 5);
