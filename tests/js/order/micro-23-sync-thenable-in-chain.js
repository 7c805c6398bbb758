const log = console.log;
Promise.resolve()
  .then(() => { log('a'); return { then(f) { log('then called'); f('x'); log('then returns'); } }; })
  .then((v) => log('b ' + v));
Promise.resolve().then(() => log('1')).then(() => log('2')).then(() => log('3')).then(() => log('4'));
