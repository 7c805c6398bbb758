// A tick recursion of fixed length lets no due timer in between.
const order = [];
setTimeout(() => { order.push('timer'); console.log(order.join(' ')); }, 1);
const until = Date.now() + 15;
let k = 0;
(function spin() { if (k < 6) { order.push('tick' + k++); process.nextTick(spin); } })();
while (Date.now() < until);
