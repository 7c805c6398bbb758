const fs = require('fs');
fs.readFile('missing', (e, d) => { console.log(e.code, e.syscall, e.path, d, e.message);
  fs.unlink('missing', (e2) => { console.log(e2.code, e2.syscall);
    fs.open('missing', (e3, fd) => { console.log(e3.code, fd);
      fs.stat('missing', (e4, st) => { console.log(e4.message, st);
        fs.readFile('.', (e5) => { console.log(e5.code, e5.syscall);
          fs.close(999, (e6) => console.log(e6.code, e6.syscall)); }); }); }); }); });
