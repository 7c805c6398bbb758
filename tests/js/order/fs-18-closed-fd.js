const fs = require('fs');
const fd = fs.openSync('f', 'w');
fs.close(fd, (e) => { console.log('close ' + e);
  fs.write(fd, 'x', (e2) => { console.log(e2.code, e2.syscall);
    try { fs.writeSync(fd, 'x'); } catch (e3) { console.log(e3.code, e3.message); }
    try { fs.closeSync(-1); } catch (e4) { console.log(e4.code); }
    try { fs.closeSync('3'); } catch (e5) { console.log(e5.code); } }); });
