const fsp = require('fs/promises');
(async () => {
  await fsp.writeFile('s', ['a', 'b', 'c']);  console.log(await fsp.readFile('s', 'utf8'));
  await fsp.writeFile('g', (async function* () { yield 'x'; yield 'y'; })()); console.log(await fsp.readFile('g', 'utf8'));
  await fsp.writeFile('u', new Uint16Array([0x4142])); console.log(await fsp.readFile('u', 'latin1'));
  for (const bad of [5, {}, null]) await fsp.writeFile('x', bad).catch((e) => console.log(e.code));
  await fsp.truncate('s', 1); console.log(await fsp.readFile('s', 'utf8'));
  await fsp.utimes('s', 10, 20); console.log((await fsp.stat('s')).mtimeMs, (await fsp.stat('s', { bigint: true })).mtimeNs);
})();
