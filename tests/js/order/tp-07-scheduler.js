const { scheduler } = require('timers/promises');
(async () => {
  await scheduler.wait(5); console.log('waited');
  process.nextTick(() => console.log('tick'));
  await scheduler.yield(); console.log('yielded');
})();
