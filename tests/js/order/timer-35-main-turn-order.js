process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
fs.stat('.', () => { console.log('poll'); setImmediate(() => console.log('check of poll')); setTimeout(() => console.log('timer of poll'), 0); });
setImmediate(() => { console.log('check'); setTimeout(() => console.log('timer of check'), 0); });
setTimeout(() => { console.log('timer'); setImmediate(() => console.log('check of timer')); }, 0);
fs.mkdir('m', () => {}); while (!fs.existsSync('m'));
const end = Date.now() + 20; while (Date.now() < end);
