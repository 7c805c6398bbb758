// The same from the callback itself is for the next turn: the phase compares with the time at which it began.
setTimeout(() => {
  setImmediate(() => console.log('immediate'));
  setTimeout(() => console.log('made in the callback'), 1);
  const end = Date.now() + 5; while (Date.now() < end);
  setTimeout(() => console.log('reads the clock'), 100);
}, 1);
