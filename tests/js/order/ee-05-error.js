const { EventEmitter, errorMonitor } = require('events');
const e = new EventEmitter();
try { e.emit('error', new RangeError('r')); } catch (x) { console.log(x.name, x.message); }
try { e.emit('error', 'text'); } catch (x) { console.log(x.code, x.message, x.context); }
try { e.emit('error'); } catch (x) { console.log(x.code, x.message); }
e.on(errorMonitor, (x) => console.log('monitor ' + x.message));
try { e.emit('error', new Error('watched')); } catch (x) { console.log('still thrown ' + x.message); }
e.on('error', (x) => console.log('handled ' + x.message));
console.log(e.emit('error', new Error('ok')));
