let n = 0;
setTimeout(() => console.log('timer sees ' + n), 0);
setImmediate(() => console.log('immediate ran'));
const until = Date.now() + 5;
while (Date.now() < until);
(function again() { if (++n < 3000) queueMicrotask(again); })();
