// What a throwing tick left over is drained as the check phase begins, so immediates queued there still belong to it.
process.on('uncaughtException', (e) => console.log('caught ' + e.message));
process.nextTick(() => { throw new Error('tick'); });
queueMicrotask(() => {
  setImmediate(() => console.log('immediate of the left over microtask'));
  setTimeout(() => console.log('timer'), 0);
  const end = Date.now() + 5; while (Date.now() < end);
});
