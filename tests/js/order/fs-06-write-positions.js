const fs = require('fs');
fs.open('w', 'w+', (e, fd) => {
  fs.write(fd, 'hello world', (e1, n, s) => { console.log(n, s);
    fs.write(fd, 'HE', 0, 'utf8', (e2, n2) => { console.log(n2);
      fs.write(fd, Buffer.from('abcdef'), 2, 3, 6, (e3, n3, b) => { console.log(n3, b.length);
        fs.ftruncate(fd, 9, () => { fs.fstat(fd, (e4, st) => { console.log(st.size, fs.readFileSync('w', 'utf8')); fs.closeSync(fd); }); }); }); }); });
});
