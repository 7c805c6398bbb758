const fs = require('fs');
const ac = new AbortController();
fs.readFile(__filename, { signal: ac.signal }, (e, d) => console.log(e.name, e.code, d));
ac.abort();
fs.writeFile('w', 'data', { signal: AbortSignal.abort() }, (e) => console.log(e.name, fs.existsSync('w')));
console.log('sync');
