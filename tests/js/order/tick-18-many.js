// Order and count hold over many entries (the queue grows in chunks).
const order = [];
for (let i = 0; i < 5000; i++) process.nextTick((k) => { order.push(k); if (k % 1000 === 0) process.nextTick(() => order.push('n' + k)); }, i);
queueMicrotask(() => {
  console.log(order.length + ' entries before the first microtask');
  console.log('in order: ' + order.slice(0, 5000).every((k, i) => k === i) + ', nested last: ' + order.slice(5000).join());
});
