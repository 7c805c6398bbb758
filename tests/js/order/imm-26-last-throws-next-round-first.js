// When the last immediate of a round throws, the next round runs at once, before the queues are drained.
process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => {
  process.nextTick(() => console.log('tick'));
  queueMicrotask(() => console.log('micro'));
  setImmediate(() => { console.log('next round'); setImmediate(() => console.log('round 3')); });
  throw new Error('last');
});
