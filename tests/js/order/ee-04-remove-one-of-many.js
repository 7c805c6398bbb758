const { EventEmitter } = require('events');
const e = new EventEmitter();
const f = () => console.log('f');
e.on('x', f); e.on('x', () => console.log('g')); e.on('x', f); e.prependListener('x', f);
e.removeListener('x', f); console.log(e.listenerCount('x'), e.listenerCount('x', f)); e.emit('x');
e.off('x', f); e.off('x', f); e.off('x', f); e.emit('x');
e.removeAllListeners('x'); console.log(e.emit('x'), e.eventNames());
