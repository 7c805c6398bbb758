process.on('uncaughtException', (e, origin) => console.log(e.message + ' ' + origin));
setTimeout(async () => { throw new Error('async timer'); }, 1);
setImmediate(async () => { await null; throw new Error('async immediate'); });
process.nextTick(async () => { throw new Error('async tick'); });
const end = Date.now() + 5; while (Date.now() < end);
