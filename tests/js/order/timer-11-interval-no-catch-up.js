// A late interval does not make up for missed runs.
let n = 0;
const i = setInterval(() => {
  n++;
  if (n === 1) { const end = Date.now() + 260; while (Date.now() < end); setImmediate(() => console.log('check phase after run ' + n)); }
  if (n === 3) { clearInterval(i); console.log('done'); }
}, 20);
