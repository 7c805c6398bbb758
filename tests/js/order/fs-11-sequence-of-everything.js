const fs = require('fs');
const steps = [];
const done = (n) => (e, v) => { steps.push(n + (e ? ':' + e.code : '')); next(); };
const todo = [
  () => fs.mkdir('a/b/c', { recursive: true }, done('mkdir')), () => fs.writeFile('a/f', 'x', done('writeFile')), () => fs.rename('a/f', 'a/g', done('rename')),
  () => fs.copyFile('a/g', 'a/h', done('copyFile')), () => fs.copyFile('a/g', 'a/h', fs.constants.COPYFILE_EXCL, done('copyFile excl')), () => fs.link('a/g', 'a/i', done('link')), () => fs.symlink('g', 'a/s', done('symlink')),
  () => fs.readlink('a/s', (e, t) => { steps.push('readlink ' + t); next(); }), () => fs.readdir('a', (e, l) => { steps.push('readdir ' + l.join('+')); next(); }), () => fs.access('a/z', done('access')), () => fs.rmdir('a', done('rmdir')), () => fs.unlink('a/g', done('unlink')),
  () => fs.truncate('a/h', 0, done('truncate')), () => fs.rm('a', { recursive: true }, done('rm')), () => fs.rm('a', done('rm again')), () => fs.rm('a', { force: true }, done('rm force')), () => fs.exists('a', (x) => { steps.push('exists ' + x); next(); }),
];
function next() { const f = todo.shift(); if (f) f(); else console.log(steps.join('\n')); }
next();
