const fs = require('fs');
const show = (e) => console.log(e.name, e.code, e.errno, e.syscall, e.path, e.dest, '|', e.message);
for (const f of [() => fs.readFileSync('no'), () => fs.statSync('no'), () => fs.unlinkSync('no'), () => fs.rmdirSync('no'), () => fs.openSync('no', 'r'), () => fs.readdirSync('no'), () => fs.renameSync('no', 'to'), () => fs.accessSync('no'), () => fs.copyFileSync('no', 'to'), () => fs.mkdirSync('no/deep'), () => fs.readlinkSync('no'), () => fs.truncateSync('no'), () => fs.mkdirSync('.'), () => fs.readFileSync('.'), () => fs.closeSync(999), () => fs.writeFileSync('.', 'x')]) {
  try { f(); console.log('no error'); } catch (e) { show(e); }
}
