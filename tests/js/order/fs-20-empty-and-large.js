const fs = require('fs');
fs.writeFileSync('empty', ''); fs.writeFileSync('large', Buffer.alloc(1 << 20, 'ab'));
fs.readFile('empty', (e, d) => { console.log(e, d.length, Buffer.isBuffer(d));
  fs.readFile('empty', 'utf8', (e2, s) => { console.log(s === '');
    fs.readFile('large', (e3, b) => { console.log(b.length, b.toString('latin1', 0, 4), b[b.length - 1] === 98);
      fs.writeFile('copy', b, () => console.log(fs.statSync('copy').size, fs.readFileSync('copy').equals(b))); }); }); });
