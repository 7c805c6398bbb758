// Each await of an fs promise is resolved from the poll phase: ticks and microtasks of the loop turn are done before.
const fsp = require('fs/promises');
const log = [];
(async () => {
  for (let i = 0; i < 3; i++) { await fsp.access('.'); log.push('io' + i); process.nextTick(() => log.push('t' + i)); await null; log.push('m' + i); }
  console.log(log.join(' '));
})();
