process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
fs.stat('.', () => { console.log('callback 1'); });
fs.promises.stat('.').then(() => console.log('promise'));
fs.stat('.', () => { console.log('callback 2'); });
fs.mkdir('m', () => {});
while (!fs.existsSync('m'));
