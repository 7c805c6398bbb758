process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
for (let i = 1; i <= 4; i++) fs.stat('.', () => { console.log('stat ' + i); process.nextTick(() => console.log('tick ' + i)); });
fs.readFile(__filename, () => console.log('readFile takes several turns'));
fs.access('.', () => console.log('access'));
