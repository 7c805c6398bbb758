// A tick queued in a microtask waits until the whole microtask queue is empty.
Promise.resolve().then(() => {
  console.log('m1');
  process.nextTick(() => console.log('tick of m1'));
}).then(() => {
  console.log('m2');
  process.nextTick(() => console.log('tick of m2'));
}).then(() => console.log('m3')).then(() => console.log('m4'));
queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => console.log('q deep'))));
