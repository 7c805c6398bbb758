setImmediate(() => {
  process.on('uncaughtException', (e) => { console.log('late handler ' + e.message); process.removeAllListeners('uncaughtException'); });
  throw new Error('one');
});
setTimeout(() => { console.log('second'); throw new Error('two'); }, 250);
process.on('exit', (c) => console.log('exit ' + c));
