const fs = require('fs');
fs.stat('.', () => console.log('stat'));
process.nextTick(() => console.log('tick'));
queueMicrotask(() => console.log('micro'));
console.log('sync');
