// What util.promisify makes of fs functions.
const fs = require('fs');
const { promisify } = require('util');
(async () => {
  const fd = fs.openSync('file', 'w+');
  console.log(await promisify(fs.write)(fd, Buffer.from('abc'), 0, 3, 0), await promisify(fs.write)(fd, 'text'));
  console.log(await promisify(fs.writev)(fd, [Buffer.from('x'), Buffer.from('yz')]));
  console.log(await promisify(fs.read)(fd, Buffer.alloc(3), 0, 3, 0), await promisify(fs.readv)(fd, [Buffer.alloc(2)], 1));
  console.log(await promisify(fs.stat)('file').then((s) => s.size), await promisify(fs.exists)('file'), await promisify(fs.exists)('nope'), await promisify(fs.readFile)('file', 'utf8'));
  console.log(await promisify(fs.close)(fd), promisify(fs.read).name, promisify(fs.read).length, await promisify(fs.read)(fd, Buffer.alloc(1), 0, 1, 0).catch((e) => e.code));
  console.log(await promisify(fs.mkdir)('d/e', { recursive: true }).then((p) => typeof p), await promisify(fs.readdir)('d'));
})();
