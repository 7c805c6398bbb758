for (const name of ['a', 'b', 'c']) {
  setImmediate(() => {
    console.log('immediate ' + name);
    process.nextTick(() => console.log('tick ' + name));
    queueMicrotask(() => console.log('micro ' + name));
    setImmediate(() => console.log('second round ' + name));
  });
}
