const fs = require('fs');
fs.mkdirSync('d/sub', { recursive: true }); fs.writeFileSync('d/a', ''); fs.writeFileSync('d/b', ''); fs.writeFileSync('d/sub/c', '');
console.log(fs.readdirSync('d').sort());
for (const e of fs.readdirSync('d', { withFileTypes: true }).sort((x, y) => (x.name < y.name ? -1 : 1))) console.log(e.name, e.isFile(), e.isDirectory(), e.constructor.name, e.path);
console.log(fs.readdirSync('d', { recursive: true }).sort(), fs.readdirSync('d', 'buffer')[0] instanceof Buffer);
const dir = fs.opendirSync('d'); let n = 0; while (dir.readSync()) n++; dir.closeSync(); console.log(n, dir.path);
