const fs = require('fs');
fs.readFile(__filename, () => {
  console.log('poll');
  setTimeout(() => console.log('timeout'), 0);
  setImmediate(() => console.log('immediate'));
  process.nextTick(() => console.log('tick'));
  Promise.resolve().then(() => console.log('micro'));
  fs.stat('.', () => console.log('stat'));
  const end = Date.now() + 10; while (Date.now() < end);
});
