const { setInterval: every } = require('timers/promises');
const ac = new AbortController();
(async () => {
  let n = 0;
  try { for await (const v of every(5, 'v', { signal: ac.signal })) { console.log(v); if (++n === 2) ac.abort(); } } catch (e) { console.log(e.name, e.code); }
})();
