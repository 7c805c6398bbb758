// Timers promises resolve between the callbacks of the list.
const { setTimeout: sleep } = require('timers/promises');
setTimeout(() => console.log('t1'), 5);
sleep(5).then(() => console.log('p1')).then(() => console.log('p1 next'));
setTimeout(() => console.log('t2'), 5);
sleep(5).then(() => console.log('p2'));
