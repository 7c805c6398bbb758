const a = setImmediate(() => console.log('a')), b = setImmediate(() => console.log('b'));
a.unref(); b.unref();
console.log(a.hasRef(), b.hasRef());
b.ref();
process.on('exit', () => console.log('exit'));
