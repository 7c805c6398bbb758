const { EventEmitter } = require('events');
const e = new EventEmitter();
e.once('x', function (v) { console.log('once ' + v, e.listenerCount('x')); e.emit('x', 'recursive'); });
e.on('x', (v) => console.log('on ' + v));
e.emit('x', 1);
e.emit('x', 2);
const f = () => console.log('never');
e.once('y', f); e.off('y', f); console.log(e.emit('y'));
