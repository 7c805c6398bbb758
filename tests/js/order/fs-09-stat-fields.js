const fs = require('fs');
fs.writeFileSync('f', 'x'.repeat(1234)); fs.mkdirSync('d'); fs.symlinkSync('f', 'l');
for (const p of ['f', 'd', 'l']) { const s = fs.statSync(p), l = fs.lstatSync(p); console.log(p, s.isFile(), s.isDirectory(), l.isSymbolicLink(), s.isFIFO(), s.isSocket(), s.isBlockDevice(), s.isCharacterDevice()); }
const s = fs.statSync('f'), big = fs.statSync('f', { bigint: true });
console.log(s.size, big.size, typeof s.mtimeMs, s.mtime instanceof Date, typeof big.mtimeNs, s.nlink, s.constructor.name, big.constructor.name);
console.log(Object.keys(s).join());
fs.chmodSync('f', 0o640); console.log((fs.statSync('f').mode & 0o777).toString(8));
fs.utimesSync('f', 1000, 2000); console.log(fs.statSync('f').mtimeMs, fs.statSync('f').atime.toISOString());
