const { EventEmitter, addAbortListener } = require('events');
const ac = new AbortController();
const t = new EventTarget();
t.addEventListener('x', () => console.log('x'), { signal: ac.signal });
t.dispatchEvent(new Event('x'));
ac.signal.addEventListener('abort', () => console.log('once'), { once: true });
if (addAbortListener) { const d = addAbortListener(ac.signal, () => console.log('addAbortListener')); console.log(typeof d); }
ac.abort();
t.dispatchEvent(new Event('x'));
console.log('removed');
