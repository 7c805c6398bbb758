const { EventEmitter } = require('events');
class Early extends EventEmitter { constructor() { super(); this.emit('ready', 'sync'); } }
class Late extends EventEmitter { constructor() { super(); process.nextTick(() => this.emit('ready', 'tick')); } }
class Micro extends EventEmitter { constructor() { super(); queueMicrotask(() => this.emit('ready', 'micro')); } }
for (const C of [Early, Micro, Late]) new C().on('ready', (how) => console.log(C.name + ' ready ' + how));
console.log('listeners attached');
