const fsp = require('fs/promises'), path = require('path');
(async () => {
  console.log(path.basename(await fsp.mkdir('a/b', { recursive: true })), await fsp.mkdir('a/b', { recursive: true }));
  await fsp.writeFile('a/b/f', '1'); await fsp.symlink('b/f', 'a/l');
  console.log(await fsp.readlink('a/l'), (await fsp.lstat('a/l')).isSymbolicLink(), (await fsp.readdir('a', { withFileTypes: true })).map((d) => d.name + d.isDirectory()).sort().join());
  const names = []; for await (const d of await fsp.opendir('a')) names.push(d.name); console.log(names.sort().join());
  console.log((await fsp.realpath('a/l')) === path.resolve('a/b/f'), (await fsp.mkdtemp('t-')).length);
  await fsp.rm('a', { recursive: true, force: true }); console.log(await fsp.access('a').catch((e) => e.code));
})();
