process.on('uncaughtException', (e, origin) => console.log(e.message + ' | ' + origin));
setTimeout(() => { throw new Error('timer'); }, 1);
setImmediate(() => { throw new Error('immediate'); });
process.nextTick(() => { throw new Error('tick'); });
Promise.reject(new Error('rejection'));
const end = Date.now() + 10; while (Date.now() < end);
