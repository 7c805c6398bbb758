const { EventEmitter } = require('events');
class Light extends EventEmitter {
  #s = 'red'; static next = { red: 'green', green: 'amber', amber: 'red' };
  async run(n) { for (let i = 0; i < n; i++) { this.emit('state', this.#s); await new Promise((r) => (i % 2 ? setImmediate(r) : setTimeout(r, 1))); this.#s = Light.next[this.#s]; } return this.#s; }
}
const l = new Light(); l.on('state', (s) => { console.log(s); queueMicrotask(() => console.log('micro after ' + s)); });
l.run(4).then((s) => console.log('ended at ' + s));
