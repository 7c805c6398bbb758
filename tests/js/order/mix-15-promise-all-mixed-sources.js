const EventEmitter = require('events'), fs = require('fs').promises, { once } = EventEmitter;
const e = new EventEmitter();
Promise.all([once(e, 'go'), fs.stat('.').then((s) => s.isDirectory()), new Promise((r) => setTimeout(r, 20, 'timer')), new Promise((r) => process.nextTick(r, 'tick')), 5, (async () => 'async')()]).then((v) => console.log(JSON.stringify(v)));
setImmediate(() => console.log('emit ' + e.emit('go', 'went')));
