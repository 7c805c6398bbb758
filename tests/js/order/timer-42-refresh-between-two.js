// The next timer of a list is chosen before the queues are drained, so their refresh() does not hold it back.
setTimeout(() => {
  setImmediate(() => console.log('immediate'));
  queueMicrotask(() => { console.log('microtask refreshes b'); b.refresh(); });
  process.nextTick(() => { console.log('tick clears c'); clearTimeout(c); });
}, 1);
const b = setTimeout(() => console.log('b'), 1);
const c = setTimeout(() => console.log('never'), 1);
const d = setTimeout(() => console.log('d'), 1);
const end = Date.now() + 20; while (Date.now() < end);
