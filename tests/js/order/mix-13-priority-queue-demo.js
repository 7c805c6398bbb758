const log = [];
const add = (n) => log.push(n);
setTimeout(() => { add('timer'); }, 0);
setImmediate(() => { add('check'); process.nextTick(() => { console.log(log.join(' > ')); }); });
queueMicrotask(() => add('micro'));
process.nextTick(() => add('tick'));
new Promise((r) => { add('executor'); r(); }).then(() => add('then'));
add('sync');
const end = Date.now() + 10; while (Date.now() < end);
