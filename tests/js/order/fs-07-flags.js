const fs = require('fs');
const t = (flag) => { try { const fd = fs.openSync('f', flag); fs.writeSync(fd, flag); fs.closeSync(fd); return fs.readFileSync('f', 'utf8'); } catch (e) { return e.code + ' ' + e.syscall; } };
console.log(t('r'), t('r+'));
for (const f of ['wx', 'wx', 'a', 'ax', 'r+', 'r', 'a+', 'w', 'w+', 'as']) console.log(f, t(f));
console.log(fs.constants.O_RDONLY, fs.constants.O_WRONLY, fs.constants.O_RDWR, typeof fs.constants.O_CREAT, fs.constants.F_OK, fs.constants.R_OK);
fs.writeFileSync('f', 'appended', { flag: 'a' }); console.log(fs.readFileSync('f', 'utf8'));
