process.on('uncaughtException', (e) => console.log('! ' + e.message));
setImmediate(() => {
  process.nextTick(() => { console.log('n1'); throw new Error('n1'); });
  process.nextTick(() => console.log('n2'));
  queueMicrotask(() => { console.log('m1'); throw new Error('m1'); });
  queueMicrotask(() => console.log('m2'));
  console.log('i1');
});
setImmediate(() => { console.log('i2'); throw new Error('i2'); });
setImmediate(() => console.log('i3'));
