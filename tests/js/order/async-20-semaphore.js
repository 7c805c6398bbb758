async function pool(tasks, limit) {
  const out = []; let i = 0, running = 0, peak = 0;
  await Promise.all(Array.from({ length: limit }, async () => {
    while (i < tasks.length) { const k = i++; running++; peak = Math.max(peak, running); out[k] = await tasks[k](); running--; }
  }));
  return [out.join(), peak];
}
const task = (n) => () => new Promise((r) => setImmediate(() => { console.log('task ' + n); r('r' + n); }));
pool([1, 2, 3, 4, 5].map(task), 2).then((r) => console.log(r));
