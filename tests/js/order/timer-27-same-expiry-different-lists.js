process.on('exit', () => console.log('exit'));
const order = [];
for (const ms of [90, 60, 30]) setTimeout(() => { order.push(ms); process.nextTick(() => order.push('tick' + ms)); if (ms === 90) process.nextTick(() => console.log(order.join(' '))); }, ms);
const end = Date.now() + 120; while (Date.now() < end);
