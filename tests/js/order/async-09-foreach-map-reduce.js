const w = (x) => new Promise((r) => setImmediate(r, x * 2));
(async () => {
  [1, 2].forEach(async (x) => console.log('forEach ' + await w(x)));
  console.log('map ' + (await Promise.all([1, 2, 3].map(async (x) => await w(x)))).join());
  console.log('reduce ' + await [1, 2, 3].reduce(async (acc, x) => (await acc) + (await w(x)), 0));
  const keep = await Promise.all([1, 2, 3].map(async (x) => (await w(x)) > 2));
  console.log('filter ' + [1, 2, 3].filter((_, i) => keep[i]).join());
})();
