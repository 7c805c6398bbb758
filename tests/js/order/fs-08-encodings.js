const fs = require('fs');
fs.writeFileSync('f', 'aé✓', 'utf8');
console.log(fs.readFileSync('f').length, fs.readFileSync('f', 'utf8'), fs.readFileSync('f', 'hex'), fs.readFileSync('f', 'base64'), fs.readFileSync('f', { encoding: 'latin1' }).length);
fs.writeFileSync('h', 'ff00', 'hex'); console.log(fs.readFileSync('h'));
fs.writeFileSync('b', new Uint8Array([1, 2, 3])); console.log([...fs.readFileSync('b')].join());
fs.writeFileSync('u', 'hi', 'utf16le'); console.log(fs.readFileSync('u').length, fs.readFileSync('u', 'utf16le'));
try { fs.readFileSync('f', 'nope'); } catch (e) { console.log(e.code); }
fs.readFile('f', { encoding: 'utf8', flag: 'r' }, (e, s) => console.log(s, typeof s));
