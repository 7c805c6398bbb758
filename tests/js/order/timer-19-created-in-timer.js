// A 1 ms timer made inside a timer callback never runs in the same timers phase.
setTimeout(() => {
  console.log('outer 1');
  setTimeout(() => console.log('inner'), 1);
  setImmediate(() => console.log('immediate'));
}, 1);
setTimeout(() => console.log('outer 2'), 1);
const end = Date.now() + 10; while (Date.now() < end);
