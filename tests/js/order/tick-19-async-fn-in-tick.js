process.nextTick(async () => {
  console.log('tick 1 start');
  await undefined;
  console.log('tick 1 resumed');
  process.nextTick(() => console.log('tick from resumed'));
  await undefined;
  console.log('tick 1 end');
});
process.nextTick(async () => { console.log('tick 2 start'); await undefined; console.log('tick 2 resumed'); });
process.nextTick(() => console.log('tick 3'));
