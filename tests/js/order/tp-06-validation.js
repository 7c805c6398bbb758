const tp = require('timers/promises');
tp.setTimeout(1, 'v', 'bad').catch((e) => console.log(e.name, e.code, e.message));
tp.setTimeout(1, 'v', { signal: 5 }).catch((e) => console.log(e.code));
tp.setTimeout(1, 'v', { ref: 'x' }).catch((e) => console.log(e.code));
tp.setImmediate('v', { ref: 1 }).catch((e) => console.log(e.code));
console.log(typeof tp.scheduler, typeof tp.scheduler.wait, typeof tp.scheduler.yield, require('timers').promises === tp);
