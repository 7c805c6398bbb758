const p = require('path');
console.log(p.join('/a', '..', 'b', './c//d'), p.join(''), p.normalize('/a/./b/../../c/'), p.resolve('/x', 'y', '..', 'z'), p.resolve('/x', '/y'));
console.log(p.basename('/a/b.txt'), p.basename('/a/b.txt', '.txt'), p.basename('/a/b/'), p.dirname('/a/b/c'), p.dirname('a'), p.dirname('/'), p.extname('x.tar.gz'), p.extname('.bashrc'), p.extname('x.') === '.');
console.log(p.relative('/a/b/c', '/a/d'), p.relative('/a', '/a') === '', p.isAbsolute('/x'), p.isAbsolute('x'), p.sep, p.delimiter, p.posix === p);
console.log(p.parse('/home/u/f.txt'), p.format({ dir: '/d', base: 'f.e' }), p.format({ root: '/', name: 'n', ext: '.x' }));
console.log(p.win32.join('a', 'b'), p.win32.basename('C:\\x\\y.z'), p.win32.isAbsolute('C:/'));
try { p.join(5); } catch (e) { console.log(e.code, e.message); }
