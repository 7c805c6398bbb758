// Random operations on an emitter, many of them from within its listeners.
const EventEmitter = require('events');
let seed = 12345;
const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >> 8) % n; };
const NAMES = ['a', 'b', Symbol('s'), 'newListener', 'removeListener'];
const name = () => NAMES[random(10) < 8 ? random(3) : 3 + random(2)];
const text = (value) => (typeof value === 'function' ? value.label : String(value));

for (let round = 0; round < 30; round++) {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const trace = [];
  const known = [];
  let depth = 0;
  let steps = 0;
  const listener = () => {
    const label = `l${known.length}`;
    const wants = random(4) === 0;
    const fn = function(...args) {
      trace.push(`${label}(${args.map(text).join()})${this === emitter ? '' : ' wrong this'}`);
      if (wants && depth < 3 && steps++ < 40) { depth++; act(); depth--; }
    };
    fn.label = label;
    known.push(fn);
    return fn;
  };
  const some = () => (known.length > 0 && random(3) > 0 ? known[random(known.length)] : listener());
  function act() {
    const event = name();
    switch (random(12)) {
      case 0: case 1: emitter.on(event, some()); break;
      case 2: emitter.prependListener(event, some()); break;
      case 3: emitter.once(event, some()); break;
      case 4: emitter.prependOnceListener(event, some()); break;
      case 5: emitter.off(event, some()); break;
      case 6: if (depth === 0 && random(2) === 0) emitter.removeAllListeners(event); break;
      case 7: if (depth === 0 && random(6) === 0) emitter.removeAllListeners(); break;
      case 8: {
        const raw = emitter.rawListeners(event);
        if (raw.length > 0 && random(2) === 0) emitter.removeListener(event, raw[random(raw.length)]);
        break;
      }
      default: trace.push(`emit ${String(event)} ${emitter.emit(event, 1, 'x')}`);
    }
  }
  for (let i = 0; i < 60; i++) act();
  console.log(round, trace.join(' '));
  console.log(emitter.eventNames(), emitter.eventNames().map((event) => emitter.listeners(event).map(text)), emitter._eventsCount);
  console.log(known.slice(0, 4).map((fn) => NAMES.map((event) => emitter.listenerCount(event, fn))));
}
