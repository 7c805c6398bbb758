// An unref'd timer that is due still runs in a turn that something else kept going.
setImmediate(() => {
  console.log('immediate');
  setTimeout(() => console.log('due and unref'), 1).unref();
  const end = Date.now() + 20; while (Date.now() < end);
});
process.on('exit', () => console.log('exit'));
