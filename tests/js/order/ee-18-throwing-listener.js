const { EventEmitter } = require('events');
const e = new EventEmitter();
e.on('x', () => console.log('first'));
e.on('x', () => { throw new Error('second'); });
e.on('x', () => console.log('never third'));
try { e.emit('x'); } catch (err) { console.log('emit threw ' + err.message); }
e.once('y', () => { throw new Error('once'); });
try { e.emit('y'); } catch {} console.log('once is gone: ' + e.listenerCount('y'));
