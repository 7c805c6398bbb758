const fs = require('fs');
fs.writeFileSync('f', '0123456789');
const fd = fs.openSync('f', 'r');
const b = Buffer.alloc(6, '.');
fs.read(fd, b, 0, 3, 5, (e, n, buf) => { console.log(n, String(buf), buf === b);
  fs.read(fd, b, 3, 3, null, (e2, n2) => { console.log(n2, String(b));
    fs.read(fd, { buffer: b, position: 8 }, (e3, n3) => { console.log(n3, String(b));
      fs.read(fd, b, 0, 6, 100, (e4, n4) => { console.log(n4);
        fs.read(fd, (e5, n5, bb) => { console.log(n5, bb.length, String(bb.subarray(0, n5))); fs.close(fd, (e6) => console.log('closed ' + e6)); }); }); }); }); });
