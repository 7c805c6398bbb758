// Ticks that nobody waited for are queued and delivered at once.
const { setInterval: every } = require('timers/promises');
(async () => {
  let n = 0;
  for await (const _ of every(10)) { n++; if (n === 1) { await new Promise((r) => setTimeout(r, 100)); } if (n === 4) break; }
  console.log('got ' + n);
})();
