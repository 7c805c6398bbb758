// When the last timer of a list throws, its empty list still counts as visited: the queues are drained before the next.
process.on('uncaughtException', (e) => { console.log('caught ' + e.message); process.nextTick(() => console.log('tick of handler')); });
setTimeout(() => console.log('80'), 80);
setTimeout(() => { queueMicrotask(() => console.log('micro of 1')); throw new Error('only one of its list'); }, 1);
const end = Date.now() + 120; while (Date.now() < end);
