const t0 = Date.now();
setTimeout(() => console.log('timer was late: ' + (Date.now() - t0 >= 50)), 1);
setImmediate(() => console.log('immediate'));
process.nextTick(() => { while (Date.now() - t0 < 50); console.log('tick blocked for 50 ms'); });
