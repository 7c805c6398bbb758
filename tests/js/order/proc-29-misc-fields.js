console.log(typeof process.config, typeof process.features, typeof process.allowedNodeEnvironmentFlags, process.exitCode);
console.log(typeof process.binding, typeof process.kill, typeof process.abort, typeof process.report);
process.title = 'renamed'; console.log(process.title);
try { process.kill(process.pid, 'SIGNOPE'); } catch (e) { console.log(e.code, e.message); }
try { process.kill('x'); } catch (e) { console.log(e.code); }
console.log(process.kill(process.pid, 0));
try { process.nextTick(); } catch (e) { console.log(e.code); }
