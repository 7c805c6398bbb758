const { setTimeout: sleep } = require('timers/promises');
const ac = new AbortController();
(async () => {
  const v = await Promise.race([sleep(5, 'fast'), sleep(5000, 'slow', { signal: ac.signal }).catch((e) => 'cancelled')]);
  console.log(v);
  ac.abort();
  console.log((await Promise.all([sleep(60, 'a'), sleep(1, 'b')])).join());
})();
