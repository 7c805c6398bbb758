const fs = require('fs');
fs.appendFile('log', 'one\n', (e) => { console.log(e);
  fs.appendFile('log', Buffer.from('two\n'), { mode: 0o600 }, () => {
    fs.copyFile('log', 'copy', (e2) => { console.log(e2, fs.readFileSync('copy', 'utf8').split('\n').length);
      fs.cp('copy', 'dir/nested', (e3) => { console.log(e3, fs.existsSync('dir/nested'));
        fs.rename('copy', 'log', (e4) => console.log(e4, fs.readdirSync('.').sort().join())); }); }); }); });
