const old = process.umask(0o022);
console.log(typeof old, process.umask().toString(8), process.umask('077').toString(8), process.umask().toString(8));
try { process.umask('zzz'); } catch (e) { console.log(e.code); }
console.log([process.getuid(), process.geteuid(), process.getgid(), process.getegid()].every(Number.isInteger), Array.isArray(process.getgroups()));
