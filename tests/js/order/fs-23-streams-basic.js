const fs = require('fs');
fs.writeFileSync('f', 'abcdefghij');
const r = fs.createReadStream('f', { highWaterMark: 4, encoding: 'utf8', start: 1, end: 8 });
for (const ev of ['open', 'ready', 'end', 'close']) r.on(ev, () => console.log(ev));
r.on('data', (d) => console.log('data ' + d));
r.on('close', () => fs.createReadStream('none').on('error', (e) => console.log(e.code)).on('close', () => console.log('closed too')));
