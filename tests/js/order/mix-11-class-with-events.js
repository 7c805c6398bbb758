const EventEmitter = require('events');
class Job extends EventEmitter {
  constructor(n) { super(); this.n = n; process.nextTick(() => this.start()); }
  start() { this.emit('start', this.n); setImmediate(() => { this.emit('progress', 50); Promise.resolve().then(() => this.emit('progress', 100)).then(() => this.emit('done')); }); }
}
for (const n of ['a', 'b']) { const j = new Job(n); j.on('start', () => console.log(n + ' start')).on('progress', (p) => console.log(n + ' ' + p)).once('done', () => console.log(n + ' done')); }
console.log('created');
