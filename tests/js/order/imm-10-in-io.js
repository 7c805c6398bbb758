const fs = require('fs');
fs.stat('.', () => {
  setTimeout(() => console.log('timeout'), 0);
  setImmediate(() => { console.log('immediate 1'); setImmediate(() => console.log('immediate of immediate')); });
  process.nextTick(() => setImmediate(() => console.log('immediate from tick')));
  Promise.resolve().then(() => setImmediate(() => console.log('immediate from micro')));
  const end = Date.now() + 10; while (Date.now() < end);
});
