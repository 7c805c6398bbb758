process.on('uncaughtException', (e, origin) => console.log(typeof e, String(e), origin));
const vals = [undefined, null, 0, '', false, NaN];
vals.forEach((v) => setImmediate(() => { throw v; }));
setImmediate(() => console.log('done'));
