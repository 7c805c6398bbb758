const fs = require('fs');
fs.readFile(__filename, () => {
  setTimeout(() => console.log('timeout 1'), 0);
  setImmediate(() => { console.log('immediate 1'); process.nextTick(() => console.log('tick in immediate')); });
  setImmediate(() => { console.log('immediate 2'); Promise.resolve().then(() => console.log('micro in immediate')); });
  process.nextTick(() => console.log('tick 1'));
  Promise.resolve().then(() => { console.log('micro 1'); process.nextTick(() => console.log('tick in micro')); });
  console.log('io');
});
console.log('main');
