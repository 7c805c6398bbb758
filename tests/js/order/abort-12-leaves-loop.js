const ac = new AbortController();
const { setTimeout: sleep } = require('timers/promises');
sleep(60000, null, { signal: ac.signal }).catch(() => console.log('cancelled, nothing keeps the process'));
setTimeout(() => ac.abort(), 5);
process.on('exit', () => console.log('exit'));
