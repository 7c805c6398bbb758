let rounds = 0;
process.on('beforeExit', () => {
  console.log('beforeExit ' + ++rounds);
  process.nextTick(() => console.log('tick does not keep the loop alive'));
});
process.on('exit', (c) => console.log('exit ' + c));
