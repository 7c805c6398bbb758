// Promises that listeners return.
const EventEmitter = require('events');
process.on('unhandledRejection', (reason) => console.log('unhandled', reason.message));
process.on('uncaughtException', (error) => console.log('uncaught', error.message));
const rejecting = (message) => async () => { throw new Error(message); };

const off = new EventEmitter();
off.on('x', rejecting('not captured'));
off.emit('x');

const own = new EventEmitter({ captureRejections: true });
own.on('error', (e) => console.log('error event', e.message));
own.on('x', rejecting('captured'));
own.emit('x', 1);

const symbol = new EventEmitter({ captureRejections: true });
symbol[Symbol.for('nodejs.rejection')] = function(error, event, ...args) { console.log('method', this === symbol, error.message, event, args); };
symbol.on('x', rejecting('to the method'));
symbol.emit('x', 1, 2);

const twice = new EventEmitter({ captureRejections: true });
twice.on('x', rejecting('first'));
twice.on('error', rejecting('second'));
twice.emit('x');

const alone = new EventEmitter({ captureRejections: true });
alone.on('x', rejecting('nobody listens'));
alone.emit('x');

const thenable = new EventEmitter({ captureRejections: true });
thenable.on('error', (e) => console.log('thenable', e.message));
thenable.on('x', () => ({ then(ok, bad) { bad(new Error('own then')); } }));
thenable.on('y', () => ({ get then() { throw new Error('getter'); } }));
thenable.on('z', () => ({ then: 5 }));
for (const event of 'xyz') thenable.emit(event);

EventEmitter.captureRejections = true;
const global = new EventEmitter();
EventEmitter.captureRejections = false;
global.on('error', (e) => console.log('by default', e.message));
global.on('x', rejecting('global'));
global.emit('x');
setImmediate(() => console.log('immediate'));
process.nextTick(() => console.log('tick'));
console.log('sync');
