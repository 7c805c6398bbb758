const t = setTimeout(() => console.log('fires after all'), 120);
t.unref(); t.unref();
t.ref();
const u = setTimeout(() => console.log('never'), 120);
u.ref(); u.ref(); u.unref();
setImmediate(() => console.log(t.hasRef() + ' ' + u.hasRef()));
process.on('exit', () => console.log('exit'));
clearTimeout(u);
