// What an emitter looks like, what it refuses, and what it throws.
const EventEmitter = require('events');
const util = require('util');
const attempt = (fn) => { try { console.log(fn()); } catch (e) { console.log(e.name, e.code, e.message); } };

const emitter = new EventEmitter();
console.log(emitter, Reflect.ownKeys(emitter), Reflect.ownKeys(EventEmitter.prototype));
console.log(Reflect.ownKeys(EventEmitter), EventEmitter.EventEmitter === EventEmitter, EventEmitter.defaultMaxListeners, EventEmitter.usingDomains);
console.log(EventEmitter.errorMonitor, EventEmitter.captureRejectionSymbol, EventEmitter.captureRejections);
for (const key of Object.keys(EventEmitter.prototype)) {
  const value = EventEmitter.prototype[key];
  if (typeof value === 'function') console.log(key, value.name, value.length);
}
console.log(EventEmitter.prototype.on === EventEmitter.prototype.addListener, EventEmitter.prototype.off === EventEmitter.prototype.removeListener);

emitter.on('one', function named() {}).on('two', () => {}).once('two', () => {});
console.log(emitter, emitter.rawListeners('two'), emitter.listeners('two'));
emitter.removeAllListeners('two').off('one', emitter.listeners('one')[0]);
console.log(emitter, emitter.eventNames(), emitter.emit('one'));

function Old() { EventEmitter.call(this); this.own = 1; }
util.inherits(Old, EventEmitter);
class Young extends EventEmitter { constructor() { super({ captureRejections: true }); } }
console.log(new Old(), new Young(), new Old() instanceof EventEmitter);
const bare = Object.create(EventEmitter.prototype);
console.log(bare.on('x', () => console.log('bare')) === bare, bare.emit('x'), bare.listenerCount('x'));

for (const value of [undefined, null, 5, 'f', {}, []]) {
  attempt(() => emitter.on('a', value));
  attempt(() => emitter.once('a', value));
  attempt(() => emitter.off('a', value));
  attempt(() => emitter.prependListener('a', value));
}
for (const value of [-1, NaN, 'a', undefined, null, 1.5]) {
  attempt(() => emitter.setMaxListeners(value).getMaxListeners());
  attempt(() => { EventEmitter.defaultMaxListeners = value; return EventEmitter.defaultMaxListeners; });
}
EventEmitter.defaultMaxListeners = 10;
attempt(() => new EventEmitter({ captureRejections: 1 }));
attempt(() => { EventEmitter.captureRejections = 'yes'; });

const failing = new EventEmitter();
for (const error of [new TypeError('typed'), 'text', 5, null, undefined, { a: { b: 1 } }, Symbol('s')]) {
  try { failing.emit('error', error, 'more'); } catch (e) {
    console.log(e === error, e.name, e.code, e.message, 'context' in e && util.inspect(e.context));
  }
}
try { failing.emit('error'); } catch (e) { console.log(e.message); }
failing.on(EventEmitter.errorMonitor, (e) => console.log('monitor', e.message));
try { failing.emit('error', new Error('watched')); } catch (e) { console.log('thrown', e.message); }
failing.on('error', (e) => console.log('handled', e.message));
console.log(failing.emit('error', new Error('heard')));

const order = new EventEmitter();
order.on('newListener', (event, fn) => console.log('new', event, order.listenerCount(event), fn.name));
order.on('removeListener', (event, fn) => console.log('removed', event, order.listenerCount(event), fn.name));
order.once('e', function first() { console.log('first'); });
order.prependListener('e', function zeroth() { console.log('zeroth'); });
order.emit('e');
order.removeAllListeners();
console.log(order.eventNames());

const weird = new EventEmitter();
weird.on('__proto__', () => console.log('proto')).on('toString', () => console.log('toString')).on('', () => console.log('empty'));
console.log(weird.eventNames(), weird.emit('__proto__'), weird.emit('toString'), weird.emit(''), weird.emit('constructor'));
