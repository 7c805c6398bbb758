process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
fs.stat('.', () => { console.log('cb 1'); process.nextTick(() => console.log('tick 1')); });
fs.promises.access('.').then(() => { console.log('promise 2'); process.nextTick(() => console.log('tick 2')); queueMicrotask(() => console.log('micro 2')); });
fs.lstat('nope', (e) => { console.log('cb 3 ' + e.code); Promise.resolve().then(() => console.log('micro 3')); });
fs.promises.stat('nope').catch((e) => console.log('promise 4 ' + e.code));
setImmediate(() => console.log('immediate after poll'));
fs.mkdir('m', () => {}); while (!fs.existsSync('m'));
const end = Date.now() + 20; while (Date.now() < end);
