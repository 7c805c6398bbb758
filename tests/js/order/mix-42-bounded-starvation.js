let micro = 0, tick = 0;
const t0 = Date.now();
setTimeout(() => console.log('timeout after', micro, tick), 0);
setImmediate(() => console.log('immediate after', micro, tick));
(function m() { if (micro++ < 999) Promise.resolve().then(m); else (function t() { if (tick++ < 999) process.nextTick(t); else queueMicrotask(() => console.log('both done', micro, tick)); })(); })();
while (Date.now() - t0 < 10);
