const EventEmitter = require('events');
const e = new EventEmitter(), t = new EventTarget();
const f = () => {};
e.on('x', f).on('x', f).once('x', f).on('x', () => {});
t.addEventListener('x', f);
console.log(e.listenerCount('x'), e.listenerCount('x', f), EventEmitter.listenerCount(e, 'x'), EventEmitter.getEventListeners(e, 'x').length, EventEmitter.getEventListeners(t, 'x').length);
console.log(typeof EventEmitter.errorMonitor, typeof EventEmitter.captureRejectionSymbol, EventEmitter.usingDomains);
console.log(e.on === EventEmitter.prototype.addListener, e.off === e.removeListener, Object.keys(new EventEmitter()).join());
