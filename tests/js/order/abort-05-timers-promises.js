const { setTimeout: sleep, setImmediate: imm, setInterval: every } = require('timers/promises');
const ac = new AbortController();
sleep(5000, 'v', { signal: ac.signal }).catch((e) => console.log('sleep', e.name, e.code, e.cause));
imm('v', { signal: ac.signal }).catch((e) => console.log('imm', e.name));
(async () => { try { for await (const _ of every(5000, 0, { signal: ac.signal })); } catch (e) { console.log('every', e.name); } })();
sleep(1, 'v', { signal: AbortSignal.abort('why') }).catch((e) => console.log('pre', e.name, e.cause));
ac.abort('stop');
console.log('sync');
