process.on('exit', () => console.log('exit'));
const order = [];
for (const ms of [210, 140, 70]) setTimeout(() => { order.push(ms); process.nextTick(() => order.push('tick' + ms)); if (ms === 210) process.nextTick(() => console.log(order.join(' '))); }, ms);
const end = Date.now() + 260; while (Date.now() < end);
