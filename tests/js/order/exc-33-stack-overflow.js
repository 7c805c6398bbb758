process.on('uncaughtException', (e, o) => console.log(e.name + ' ' + o));
setImmediate(() => { (function f() { f(); })(); });
setImmediate(() => console.log('still alive'));
try { (function g() { g(); })(); } catch (e) { console.log('caught ' + e.name); }
