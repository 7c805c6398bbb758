const fs = require('fs');
const kinds = { tick: (f) => process.nextTick(f), micro: (f) => queueMicrotask(f), immediate: (f) => setImmediate(f), timeout: (f) => { setTimeout(f, 1); const e = Date.now() + 4; while (Date.now() < e); } };
const names = Object.keys(kinds);
let i = 0;
(function round() {
  if (i === names.length) return console.log('end');
  const outer = names[i++];
  console.log('from ' + outer);
  kinds[outer](() => { for (const inner of names) kinds[inner](() => console.log('  ' + outer + ' > ' + inner)); setTimeout(round, 200); });
})();
