process.on('uncaughtException', (e, o) => console.log('uncaught ' + e.message + ' ' + o));
new Promise(() => { throw new Error('executor'); });
Promise.resolve({ then() { throw new Error('thenable'); } });
(async () => { for await (const x of [Promise.reject(new Error('for await'))]); })();
(async function* () { throw new Error('async generator'); })().next();
class Bad extends Promise { then() { throw new Error('then'); } }
(async () => { await Bad.resolve(); })();
