process.on('uncaughtException', (e) => { console.log('caught ' + e.message); process.nextTick(() => console.log('tick of handler')); });
let n = 0;
const i = setInterval(() => { n++; console.log('interval ' + n); if (n === 3) clearInterval(i); if (n < 3) throw new Error('run ' + n); }, 40);
setTimeout(() => { console.log('t 1'); throw new Error('t 1'); }, 1);
setTimeout(() => console.log('t 2'), 1);
const end = Date.now() + 10; while (Date.now() < end);
