const fs = require('fs');
process.on('exit', (c) => console.log('exit ' + c));
fs.readFile(__filename, () => { console.log('read'); process.nextTick(() => console.log('never')); throw new Error('x'); });
setTimeout(() => console.log('never'), 5000);
