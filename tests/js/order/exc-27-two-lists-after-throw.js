// After a throw in a timer list the rest of that list and the other due lists still run in order.
process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setTimeout(() => { throw new Error('a1'); }, 1);
setTimeout(() => console.log('b1'), 3);
setTimeout(() => console.log('a2'), 1);
setTimeout(() => { throw new Error('b2'); }, 3);
setTimeout(() => console.log('c1'), 5);
const end = Date.now() + 30; while (Date.now() < end);
