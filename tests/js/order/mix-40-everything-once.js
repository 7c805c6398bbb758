const fs = require('fs'), EventEmitter = require('events');
const e = new EventEmitter(); e.on('done', () => console.log('event done'));
console.log('sync 1');
setTimeout(() => { console.log('timer'); setImmediate(() => { console.log('immediate'); fs.stat('.', () => { console.log('stat'); process.nextTick(() => { console.log('tick in stat'); e.emit('done'); }); Promise.resolve().then(() => console.log('micro in stat')); }); }); }, 5);
(async () => { console.log('async start'); await null; console.log('async middle'); await new Promise((r) => process.nextTick(r)); console.log('async end'); })();
process.nextTick(() => console.log('tick'));
process.on('beforeExit', () => console.log('beforeExit')); process.on('exit', () => console.log('exit'));
console.log('sync 2');
