const fsp = require('fs/promises');
(async () => {
  await fsp.writeFile('f', 'hello');
  console.log(await fsp.readFile('f', 'utf8'), (await fsp.stat('f')).size);
  await fsp.appendFile('f', ' more');
  console.log(String(await fsp.readFile('f')));
  await fsp.rename('f', 'g'); await fsp.copyFile('g', 'h');
  console.log((await fsp.readdir('.')).sort().join());
  await fsp.unlink('g'); await fsp.rm('h');
  console.log((await fsp.readdir('.')).length, require('fs').promises === fsp);
})();
console.log('sync');
