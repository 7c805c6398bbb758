// All are due when the loop starts: order by expiry, then by list.
setTimeout(() => console.log('200'), 200);
setTimeout(() => console.log('60 a'), 60);
setTimeout(() => console.log('130'), 130);
setTimeout(() => console.log('60 b'), 60);
setTimeout(() => console.log('1'), 1);
setImmediate(() => console.log('immediate last'));
const end = Date.now() + 250; while (Date.now() < end);
