// The change of Node 11: since then the queues are emptied after every callback, before it after every phase.
//
//     cargo run --release -- examples/js/v11.js                        1 3 4 2
//     cargo run --release -- --drain=per-phase examples/js/v11.js      1 2 3 4
'use strict';

setTimeout(() => {
  console.log(1);
  process.nextTick(() => console.log(3));
  Promise.resolve().then(() => console.log(4));
}, 0);

setTimeout(() => {
  console.log(2);
}, 0);

// So that both are due in one phase, on however busy a machine.
const due = Date.now() + 5;
while (Date.now() < due);
