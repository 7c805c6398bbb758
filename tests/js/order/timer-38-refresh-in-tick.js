let k = 0;
const t = setTimeout(() => { console.log('run ' + ++k); if (k < 3) process.nextTick(() => { console.log('refresh'); t.refresh(); }); }, 5);
const u = setTimeout(() => console.log('u'), 5);
queueMicrotask(() => { clearTimeout(u); u.refresh(); console.log('cleared timers stay cleared'); });
