// All are due when the loop starts: order by expiry, then by list.
setTimeout(() => console.log('60'), 60);
setTimeout(() => console.log('20 a'), 20);
setTimeout(() => console.log('40'), 40);
setTimeout(() => console.log('20 b'), 20);
setTimeout(() => console.log('1'), 1);
setImmediate(() => console.log('immediate last'));
const end = Date.now() + 100; while (Date.now() < end);
