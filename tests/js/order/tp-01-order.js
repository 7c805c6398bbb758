const { setTimeout: sleep, setImmediate: imm } = require('timers/promises');
sleep(200).then(() => console.log('200'));
sleep(350).then(() => console.log('350'));
sleep(1, 'one').then(console.log);
imm('imm').then((v) => { console.log(v); process.nextTick(() => console.log('tick')); queueMicrotask(() => console.log('micro')); });
console.log('sync');
const end = Date.now() + 10; while (Date.now() < end);
