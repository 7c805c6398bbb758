// Random operations on event targets, many of them from within listeners.
let seed = 99;
const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >> 8) % n; };
process.on('uncaughtException', (error) => console.log('uncaught', error.message));
process.on('warning', () => {});
const TYPES = ['a', 'b', 'c'];

for (let round = 0; round < 30; round++) {
  const target = new EventTarget();
  const controllers = [new AbortController(), new AbortController()];
  const trace = [];
  const known = [];
  let depth = 0;
  let steps = 0;
  const listener = () => {
    const label = `l${known.length}`;
    const habit = random(10);
    const fn = function(event) {
      trace.push(`${label}:${event.type}${event.eventPhase}${event.defaultPrevented ? 'p' : ''}`);
      if (habit === 0) event.stopImmediatePropagation();
      if (habit === 1) event.preventDefault();
      if (habit === 2) event.stopPropagation();
      if (habit === 3) throw new Error(`${round}.${label}`);
      if (habit < 7 && depth < 2 && steps++ < 30) { depth++; act(); depth--; }
    };
    known.push(random(4) === 0 ? { handleEvent: fn } : fn);
    return known[known.length - 1];
  };
  const some = () => (known.length > 0 && random(3) > 0 ? known[random(known.length)] : listener());
  const options = () => [undefined, null, true, false, {}, { once: true }, { capture: true }, { once: true, capture: true },
    { passive: true }, { signal: controllers[random(2)].signal }][random(10)];
  function act() {
    const type = TYPES[random(3)];
    switch (random(9)) {
      case 0: case 1: case 2: target.addEventListener(type, some(), options()); break;
      case 3: target.removeEventListener(type, some(), options()); break;
      case 4: if (random(6) === 0) controllers[random(2)].abort(); break;
      default: trace.push(`>${type} ${target.dispatchEvent(new Event(type, { cancelable: random(2) === 0 }))}`);
    }
  }
  for (let i = 0; i < 50; i++) act();
  console.log(round, trace.join(' '), TYPES.map((type) => require('events').getEventListeners(target, type).length));
}
