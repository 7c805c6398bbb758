const fs = require('fs');
fs.writeFileSync('a', '1'); fs.cpSync('a', 'd/e/b', { recursive: true });
console.log(fs.readFileSync('d/e/b', 'utf8'), fs.existsSync('d/e'), fs.lstatSync('d').isDirectory());
fs.symlinkSync('a', 's'); console.log(fs.readlinkSync('s'), fs.realpathSync('s') === fs.realpathSync('a'));
fs.linkSync('a', 'h'); console.log(fs.statSync('a').nlink, fs.statSync('a').ino === fs.statSync('h').ino);
fs.truncateSync('a'); console.log(fs.statSync('h').size); fs.accessSync('a', fs.constants.R_OK | fs.constants.W_OK);
const fd = fs.openSync('a', 'r+'); fs.futimesSync(fd, 5, 6); fs.fchmodSync(fd, 0o600); fs.fsyncSync(fd); fs.fdatasyncSync(fd); console.log(fs.fstatSync(fd).mtimeMs, fs.writevSync(fd, [Buffer.from('ab'), Buffer.from('c')]), fs.ftruncateSync(fd, 2)); fs.closeSync(fd);
console.log(fs.readFileSync('h', 'utf8'), fs.rmSync('d', { recursive: true }), fs.existsSync('d'), fs.statfsSync('.').bsize > 0);
for (const f of [() => fs.rmSync('gone'), () => fs.rmSync('.'), () => fs.cpSync('gone', 'x'), () => fs.mkdtempSync('no/dir/')]) try { f(); console.log('fine'); } catch (e) { console.log(e.code, e.syscall); }
