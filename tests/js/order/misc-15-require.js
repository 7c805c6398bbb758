const fs = require('fs');
fs.writeFileSync('m.js', "console.log('loaded ' + (module.parent && 'by parent')); exports.n = 1; exports.early = require('./other'); module.exports.late = true;");
fs.writeFileSync('other.js', "const m = require('./m'); console.log('cycle sees ' + Object.keys(m).join()); module.exports = 'other';");
fs.writeFileSync('data.json', '{"k": [1, 2]}');
const dir = process.cwd() + '/';
const m = require(dir + 'm.js');
console.log(m, require(dir + 'm') === m, require(dir + 'data.json').k.length, Object.keys(require.cache).length);
delete require.cache[require.resolve(dir + 'other')]; console.log(require(dir + 'other'));
for (const bad of ['./nope', 'no-such-module', 5, '']) try { require(bad); } catch (e) { console.log(e.code, String(e.message).split('\n')[0].replace(dir, '')); }
fs.writeFileSync('bad.json', '{'); try { require(dir + 'bad.json'); } catch (e) { console.log(e.name); }
console.log(require('node:fs') === fs, typeof require.main, require.resolve('fs'), typeof __dirname, this === exports, arguments.length);
