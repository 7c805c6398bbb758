const fs = require('fs'), path = require('path');
const start = process.cwd();
fs.mkdirSync('sub');
process.chdir('sub');
console.log(process.cwd() === path.join(start, 'sub'), path.resolve('x') === path.join(start, 'sub', 'x'));
fs.writeFileSync('here', '1');
process.chdir('..');
console.log(fs.existsSync('sub/here'), process.cwd() === start);
try { process.chdir('missing'); } catch (e) { console.log(e.code, e.syscall, e.dest); }
try { process.chdir(5); } catch (e) { console.log(e.code); }
