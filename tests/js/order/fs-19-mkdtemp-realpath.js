const fs = require('fs'), path = require('path');
fs.mkdtemp('pre-', (e, d) => { console.log(d.length, d.startsWith('pre-'), fs.statSync(d).isDirectory());
  fs.realpath(d, (e2, r) => { console.log(path.isAbsolute(r), path.basename(r) === d);
    console.log(fs.realpathSync('.') === process.cwd(), fs.realpathSync.native('.') === process.cwd()); }); });
console.log(path.basename(fs.mkdirSync('x/y/z', { recursive: true })), fs.mkdirSync('x/y', { recursive: true }), fs.mkdirSync('q'));
