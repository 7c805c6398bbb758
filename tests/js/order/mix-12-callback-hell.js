const fs = require('fs');
fs.writeFile('1', 'one', () => fs.readFile('1', 'utf8', (e, a) => { console.log(a); fs.writeFile('2', a + ' two', () => fs.readFile('2', 'utf8', (e2, b) => { console.log(b); fs.unlink('1', () => fs.unlink('2', () => { console.log('left ' + fs.readdirSync('.').length); })); })); }));
setImmediate(() => console.log('immediate'));
process.nextTick(() => console.log('tick'));
