const delay = (ms, v) => new Promise((r) => setTimeout(r, ms, v));
(async () => {
  for (const [ms, v] of [[20, 'a'], [1, 'b'], [10, 'c']]) console.log(await delay(ms, v));
  console.log(await Promise.all([delay(40, 'x'), delay(1, 'y')]));
  const ps = [delay(40, 'p'), delay(1, 'q')];
  for (const p of ps) console.log(await p);
})();
