const { EventEmitter } = require('events');
const e = new EventEmitter();
process.on('unhandledRejection', (r) => console.log('unhandled ' + r.message));
e.on('x', async (n) => { console.log('start ' + n); await null; console.log('resumed ' + n); if (n === 2) throw new Error('lost ' + n); });
e.on('x', (n) => setImmediate(() => console.log('later ' + n)));
e.emit('x', 1); e.emit('x', 2);
console.log('emits are over');
