(async () => {
  for (let i = 1; i <= 3; i++) {
    process.nextTick(() => console.log('tick ' + i));
    await null;
    console.log('await ' + i);
  }
  await new Promise((r) => setImmediate(r));
  for (let i = 4; i <= 5; i++) { process.nextTick(() => console.log('tick ' + i)); await null; console.log('await ' + i); }
})();
