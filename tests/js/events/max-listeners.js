// Warnings of leaks: when, how often and with what.
const EventEmitter = require('events');
process.on('warning', (w) => console.log(w.name, '|', w.message, '|', Object.keys(w).join(), String(w.type), w.count, (w.emitter ?? w.target)?.constructor.name));
const nop = () => {};
const times = (n, fn) => { for (let i = 0; i < n; i++) fn(); };

const plain = new EventEmitter();
times(13, () => plain.on('x', nop));
times(13, () => plain.once(Symbol('fresh'), nop));
class Named extends EventEmitter {}
const two = new Named().setMaxListeners(2);
times(4, () => two.prependListener('limited', nop));
two.removeAllListeners('limited');
times(4, () => two.on('limited', nop));
times(20, () => new EventEmitter().setMaxListeners(0).on('x', nop).on('x', nop));
const target = new EventTarget();
times(12, () => target.addEventListener('x', () => {}));
times(12, () => target.addEventListener('y', () => {}));
const quiet = new EventTarget();
EventEmitter.setMaxListeners(20, quiet, plain);
times(15, () => quiet.addEventListener('x', () => {}));
console.log(EventEmitter.getMaxListeners(quiet), EventEmitter.getMaxListeners(plain), EventEmitter.getMaxListeners(target));
const { signal } = new AbortController();
times(12, () => signal.addEventListener('abort', () => {}));
target.addEventListener('z', null);
target.addEventListener('z', undefined);
EventEmitter.setMaxListeners(1);
const later = new EventEmitter();
times(2, () => later.on('x', nop));
console.log(EventEmitter.defaultMaxListeners, later.getMaxListeners());
console.log('sync done');
