const wait = (signal) => new Promise((_, rej) => signal.addEventListener('abort', () => rej(signal.reason)));
(async () => {
  try { await Promise.race([new Promise((r) => setTimeout(r, 300)), wait(AbortSignal.timeout(10))]); } catch (e) { console.log(e.name, e.message); }
  const keep = setTimeout(() => {}, 50);
  const ac = new AbortController();
  process.nextTick(() => ac.abort());
  try { await wait(ac.signal); } catch (e) { console.log(e.name, e.message); }
})();
