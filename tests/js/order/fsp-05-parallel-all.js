const fsp = require('fs/promises');
(async () => {
  await Promise.all(['a', 'b', 'c'].map((n) => fsp.writeFile(n, n.repeat(3))));
  console.log((await Promise.all(['c', 'a', 'b'].map((n) => fsp.readFile(n, 'utf8')))).join());
  const r = await Promise.allSettled([fsp.stat('a'), fsp.stat('zz')]);
  console.log(r.map((x) => x.status + (x.reason ? ' ' + x.reason.code : '')).join());
})();
