let n = 0;
setImmediate(() => console.log('immediate sees ' + n));
(function again() { if (++n < 5000) process.nextTick(again); })();
process.nextTick(() => Promise.resolve().then(() => console.log('microtask sees ' + n)));
