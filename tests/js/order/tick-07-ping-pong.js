// Ticks and microtasks call each other; the order alternates strictly.
let n = 0;
const tick = () => { console.log('tick ' + n); if (n++ < 4) Promise.resolve().then(micro); };
const micro = () => { console.log('micro ' + n); process.nextTick(tick); };
process.nextTick(tick);
process.nextTick(() => console.log('other tick'));
setTimeout(() => console.log('timeout'), 0);
