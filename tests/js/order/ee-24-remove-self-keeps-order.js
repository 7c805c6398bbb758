const { EventEmitter } = require('events');
const e = new EventEmitter();
for (const n of ['a', 'b', 'c', 'd']) { const f = () => { console.log(n); if (n === 'b' || n === 'c') e.off('x', f); }; e.on('x', f); }
e.emit('x'); console.log('--'); e.emit('x');
e.on('x', () => { e.removeAllListeners(); console.log('all gone'); });
e.on('x', () => console.log('still in this round'));
e.emit('x'); console.log(e.emit('x'), e.eventNames().length);
