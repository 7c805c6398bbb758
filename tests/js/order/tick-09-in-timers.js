// Two timers of one list: the ticks of the first run before the second.
setTimeout(() => {
  console.log('t1');
  process.nextTick(() => { console.log('t1 tick'); process.nextTick(() => console.log('t1 tick tick')); });
  Promise.resolve().then(() => { console.log('t1 micro'); process.nextTick(() => console.log('t1 micro tick')); });
}, 2);
setTimeout(() => { console.log('t2'); process.nextTick(() => console.log('t2 tick')); }, 2);
setTimeout(() => console.log('t3'), 2);
