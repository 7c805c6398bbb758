const fsp = require('fs/promises');
(async () => {
  for (const f of [() => fsp.readFile('no'), () => fsp.stat('no'), () => fsp.access('no'), () => fsp.mkdir('.'), () => fsp.rmdir('no'), () => fsp.open('no'), () => fsp.rename('a', 'b'), () => fsp.readdir('no'), () => fsp.rm('no'), () => fsp.readFile(5.5)]) {
    try { await f(); console.log('fine'); } catch (e) { console.log(e instanceof Error, e.code, e.syscall, e.path, e.dest); }
  }
})();
