process.on('uncaughtException', () => console.log('not called'));
console.log(process.hasUncaughtExceptionCaptureCallback());
process.setUncaughtExceptionCaptureCallback((e) => console.log('captured ' + e.message));
console.log(process.hasUncaughtExceptionCaptureCallback());
try { process.setUncaughtExceptionCaptureCallback(() => {}); } catch (e) { console.log(e.code); }
try { process.setUncaughtExceptionCaptureCallback('x'); } catch (e) { console.log(e.code); }
setTimeout(() => { throw new Error('t'); }, 1);
setTimeout(() => { process.setUncaughtExceptionCaptureCallback(null); console.log(process.hasUncaughtExceptionCaptureCallback()); }, 30);
