let n = 0;
const i = setInterval(() => {
  console.log('run ' + ++n);
  if (n === 3) { clearInterval(i); console.log('cleared'); process.nextTick(() => console.log('tick after clear')); }
}, 3);
process.on('exit', () => console.log('exit after ' + n));
