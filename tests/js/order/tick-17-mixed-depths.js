const log = (s) => () => console.log(s);
process.nextTick(() => {
  log('A')();
  queueMicrotask(() => { log('A.m')(); process.nextTick(log('A.m.t')); queueMicrotask(log('A.m.m')); });
  process.nextTick(() => { log('A.t')(); process.nextTick(log('A.t.t')); queueMicrotask(log('A.t.m')); });
});
queueMicrotask(() => { log('B')(); process.nextTick(log('B.t')); queueMicrotask(log('B.m')); });
process.nextTick(log('C'));
queueMicrotask(log('D'));
