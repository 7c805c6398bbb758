// Prints a random program whose output Node determines: `node gen.mjs SEED > program.js`.
//
// The program logs one unique label for each callback that runs, so two runtimes agree on it when they print the
// same lines and end with the same status. Run it in an empty directory of its own.
//
// What would be a race is settled before control returns to the event loop. A short timer is followed by a spin
// that makes it due, and file requests by a wait for the only worker of the pool to be through with them; so the
// next turn of the loop finds all of them ready, and only the phases, the queues and first-in-first-out decide.
// In the middle of a spin a timer is made and cleared, for that reads the clock: a timers phase goes on while a timer
// is due by the last reading, and what it leaves to the next phase waits 1 ms from there.
// Long timers lie LONG ms apart, which is more than the work between two of them takes.
//
// Options after the seed: `--size N` (about N callbacks, default 30), `--only KIND,..` (see `KINDS`).

const LONG = 400;

const KINDS = {
  tick: 6, micro: 5, chain: 6, executor: 3, async: 6, generator: 2, combinator: 3, defer: 3, settle: 3,
  emitter: 4, attempt: 2, loop: 2, immediate: 6, timer: 5, interval: 1, files: 3, cancel: 2, refresh: 1,
};

const PRELUDE = `process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
const timers = require('timers/promises');
const { EventEmitter, once } = require('events');
const log = (s) => console.log(s);
const text = (e) => (e && e.message !== undefined ? e.message : String(e));
const wait = () => { const end = Date.now() + 2; while (Date.now() < end); };
const spin = () => { wait(); clearTimeout(setTimeout(() => {}, 5000)); wait(); };
let marks = 0;
const settle = () => { const m = 'mark' + marks++; fs.mkdir(m, () => {}); while (!fs.existsSync(m)); spin(); };
const soon = (v) => { const p = new Promise((r) => setTimeout(r, 1, v)); spin(); return p; };
const sleep = (v) => { const p = timers.setTimeout(1, v); spin(); return p; };
const stat = () => { const p = fs.promises.stat('.'); settle(); return p; };
const thenable = (v) => ({ then(r) { r(v); } });
const handles = [];
const seen = new Set();
const firstTime = (k) => !seen.has(k) && seen.add(k);
const later = [];
for (let i = 0; i < 4; i++) later.push({}), (later[i].promise = new Promise((y, n) => Object.assign(later[i], { resolve: y, reject: n })));
const bus = new EventEmitter().setMaxListeners(0);`;

/** mulberry32: a small generator of 32 random bits for each call. */
function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

class Program {
  constructor(seed, size, kinds) {
    this.next = random(seed);
    this.fuel = size;
    this.labels = 0;
    this.ids = 0;
    this.timers = [];
    this.immediates = [];
    this.weights = Object.entries(KINDS).filter(([k]) => !kinds || kinds.includes(k));
  }

  int(n) { return this.next() % n; }
  pick(list) { return list[this.int(list.length)]; }
  chance(percent) { return this.int(100) < percent; }
  label(kind) { return `log('${kind} ${++this.labels}');`; }

  kind() {
    let n = this.int(this.weights.reduce((sum, [, w]) => sum + w, 0));
    for (const [kind, weight] of this.weights) if ((n -= weight) < 0) return kind;
  }

  /** The statements of a callback. `may` says what the place where it runs allows. */
  body(kind, depth, may, args = '') {
    const lines = [this.label(kind).replace(/'\);$/, args ? ` ' + ${args});` : `');`)];
    lines.push(...this.statements(depth, may));
    if (may.throw && this.chance(5)) lines.push(this.failure());
    else if (may.loop && this.chance(0.5)) lines.push(`process.exit(${this.int(5)});`);
    return lines;
  }

  statements(depth, may, most = 3) {
    const lines = [];
    if (depth <= 0) return lines;
    for (let n = this.int(most + 1); n > 0 && this.fuel > 0; n--) {
      this.fuel--;
      lines.push(...this[this.kind()](depth - 1, may));
    }
    return lines;
  }

  failure() {
    const k = ++this.labels;
    return this.pick([`throw new Error('error ${k}');`, `throw new TypeError('error ${k}');`, `throw 'text ${k}';`, `throw new Error('error ${k}');`]);
  }

  fn(kind, depth, may, params = '', args = '') {
    const body = this.body(kind, depth, may, args);
    const head = this.chance(6) ? `async (${params}) =>` : `(${params}) =>`;
    return body.length === 1 ? [`${head} ${body[0].slice(0, -1)}`] : [`${head} {`, ...indent(body), '}'];
  }

  tick(depth, may) {
    if (this.chance(15)) return call('process.nextTick', this.fn('tick', depth, may, '...a', 'a'), `, ${this.int(9)}, 'x'`);
    return call('process.nextTick', this.fn('tick', depth, may));
  }

  micro(depth, may) { return call('queueMicrotask', this.fn('micro', depth, may)); }

  value() {
    const k = this.int(90);
    return this.pick([`${k}`, `Promise.resolve(${k})`, `thenable(${k})`, `(async () => ${k})()`, `Promise.reject(new Error('reason ${++this.labels}'))`, `new Promise((r) => process.nextTick(r, ${k}))`, 'null']);
  }

  chain(depth, may) {
    const first = this.value();
    const lines = [first.startsWith('Promise') || first.startsWith('new') ? first : `Promise.resolve(${first})`];
    for (let n = 1 + this.int(4); n > 0; n--) {
      const how = this.pick(['then', 'then', 'then', 'catch', 'finally']);
      const body = this.body(how, depth, may, how === 'finally' ? '' : 'text(v)');
      const end = body[body.length - 1];
      if (!end.startsWith('throw') && !end.startsWith('process.exit') && this.chance(50)) body.push(`return ${this.value()};`);
      lines.push(`  .${how}((${how === 'finally' ? '' : 'v'}) => {`, ...indent(body, 2), '  })');
    }
    if (this.chance(60)) lines.push(`  .catch((e) => { ${this.label('end').replace("');", " ' + text(e));")} })`);
    lines[lines.length - 1] += ';';
    return lines;
  }

  executor(depth, may) {
    const body = this.body('executor', depth, may);
    if (!may.throw && this.chance(10)) body.push(this.failure());
    if (!/^(throw|process)/.test(body[body.length - 1])) body.push(this.pick([`resolve(${this.value()});`, 'resolve();', `reject(new Error('reason ${++this.labels}'));`, '']));
    return ['new Promise((resolve, reject) => {', ...indent(body.filter(Boolean)), `}).${this.pick(['then', 'then', 'finally', 'catch'])}((v) => { ${this.label('settled').replace("');", " ' + text(v));")} });`];
  }

  awaited(may) {
    const quiet = ['null', this.value(), this.value(), 'thenable(1)', 'Promise.resolve()', `later[${this.int(4)}].promise`];
    return this.pick(may.loop ? [...quiet, 'soon()', 'sleep()', 'stat()', 'timers.setImmediate()', 'new Promise((r) => setImmediate(r))', 'new Promise((r) => process.nextTick(r))'] : quiet);
  }

  async(depth, may) {
    const lines = [this.label('async')];
    for (let n = 1 + this.int(3); n > 0; n--) {
      const step = [`await ${this.awaited(may)};`, this.label('resumed'), ...this.statements(depth, may, 1)];
      if (this.chance(25)) lines.push('try {', ...indent(step), `} catch (e) { ${this.label('caught').replace("');", " ' + text(e));")} }${this.chance(40) ? ` finally { ${this.label('finally')} }` : ''}`);
      else lines.push(...step);
    }
    if (this.chance(20)) lines.push(this.failure());
    else if (this.chance(40)) lines.push(`return ${this.value()};`);
    const tail = this.chance(70) ? `.then((v) => { ${this.label('fulfilled').replace("');", " ' + text(v));")} }, (e) => { ${this.label('rejected').replace("');", " ' + text(e));")} })` : '';
    return ['(async () => {', ...indent(lines), `})()${tail};`];
  }

  generator(depth, may) {
    const source = Array.from({ length: 1 + this.int(3) }, () => this.value().replace(/Promise\.reject\(.*\)$/, 'Promise.resolve(7)'));
    const loop = [`for await (const v of ${this.chance(50) ? `[${source.join(', ')}]` : `(async function* () { ${source.map((s) => `yield ${s};`).join(' ')} ${this.label('generated')} })()`}) {`,
      ...indent([this.label('item').replace("');", " ' + text(v));"), ...this.statements(depth, may, 1), ...(this.chance(20) ? ['break;'] : [])]), '}'];
    return ['(async () => {', ...indent([...loop, this.label('iterated')]), '})();'];
  }

  combinator(depth, may) {
    const items = Array.from({ length: this.int(4) }, () => (may.loop && this.chance(25) ? this.pick(['soon(5)', 'stat().then(() => 6)', 'timers.setImmediate(7)']) : this.value()));
    const how = this.pick(['all', 'race', 'any', 'allSettled']);
    const show = how === 'allSettled' ? 'v.map((x) => x.status)' : 'v';
    return [`Promise.${how}([${items.join(', ')}]).then((v) => { ${this.label(how).replace("');", ` ' + ${show});`)} }, (e) => { ${this.label(how + ' failed').replace("');", " ' + text(e));")} });`];
  }

  defer(depth, may) {
    const i = this.int(4);
    const how = this.pick([['then', 'v'], ['then', 'v'], ['catch', 'v'], ['finally', '']]);
    return [`later[${i}].promise.${how[0]}((${how[1]}) => {`, ...indent(this.body('deferred', depth, may)), '});'];
  }

  settle(depth, may) {
    if (!may.loop || !may.emit) return [this.label('sync')];
    return [`later[${this.int(4)}].${this.chance(75) ? `resolve(${this.value()})` : `reject(new Error('reason ${++this.labels}'))`};`];
  }

  emitter(depth, may) {
    const name = `'${this.pick(['a', 'b'])}'`;
    if (!may.emit || !may.loop) return [this.label('sync')];
    const how = this.pick(['on', 'once', 'prependListener', 'emit', 'emit', 'once()']);
    if (how === 'emit') return [`bus.emit(${name}, ${this.int(9)});`];
    if (how === 'once()') return [`once(bus, ${name}).then((v) => { ${this.label('event').replace("');", " ' + v);")} });`];
    return call(`bus.${how}`, this.fn('listener', Math.min(depth, 1), { ...may, emit: false }, 'v', 'v'), '', `${name}, `);
  }

  attempt(depth, may) {
    const lines = ['try {', ...indent([this.label('try'), ...this.statements(depth, may, 1), ...(this.chance(50) ? [this.failure()] : [])])];
    lines.push('} catch (e) {', ...indent([this.label('catch').replace("');", " ' + text(e));"), ...this.statements(depth, may, 1)]));
    if (this.chance(40)) lines.push('} finally {', ...indent([this.label('finally')]));
    return [...lines, '}'];
  }

  loop(depth, may) {
    const ways = ['process.nextTick(', 'queueMicrotask(', 'Promise.resolve().then('];
    if (may.loop) ways.push('setImmediate(', 'setImmediate(');
    return [`for (let i = 0; i < ${2 + this.int(3)}; i++) ${this.pick(ways)}() => { ${this.label('loop').replace("');", " #' + i);")} });`];
  }

  immediate(depth, may) {
    if (!may.loop) return this.tick(depth, may);
    const id = this.ids++;
    this.immediates.push(id);
    const args = this.chance(15) ? `, ${this.int(9)}, 'y'` : '';
    const lines = call(`handles[${id}] = setImmediate`, args ? this.fn('immediate', depth, may, '...a', 'a') : this.fn('immediate', depth, may), args);
    return this.chance(4) ? [...lines, `handles[${id}].unref();`] : lines;
  }

  timer(depth, may) {
    if (!may.loop) return this.micro(depth, may);
    const lines = [];
    for (let n = this.pick([1, 1, 2, 3]); n > 0; n--) {
      const id = this.ids++;
      this.timers.push(id);
      const delay = this.pick(['0', '1', '1', '0', '-1', "'1'", '0.7', 'undefined']);
      lines.push(...call(`handles[${id}] = setTimeout`, this.fn('timer', depth, may), `, ${delay}`));
      if (this.chance(4)) lines.push(`handles[${id}].unref();`);
    }
    return [...lines, 'spin();'];
  }

  interval(depth, may) {
    if (!may.loop) return this.micro(depth, may);
    const id = this.ids++;
    const body = [this.label('interval').replace("');", " #' + n);"), `if (++n === ${1 + this.int(3)}) clearInterval(t);`, 'spin();', ...this.statements(Math.min(depth, 1), may, 1)];
    return ['{', ...indent(['let n = 0;', `const t = (handles[${id}] = setInterval(() => {`, ...indent(body), '}, 1));', 'spin();']), '}'];
  }

  files(depth, may) {
    if (!may.loop) return this.tick(depth, may);
    const lines = [];
    for (let n = this.pick([1, 1, 2, 3]); n > 0; n--) {
      const request = this.pick(["stat('.'", "access('.'", "readdir('missing'", "lstat('missing'", "realpath.native('/'", "unlink('missing'", "exists('.'"]);
      const arg = request.startsWith('exists') ? 'e' : '(e && e.code)';
      lines.push(...call(`fs.${request.split('(')[0]}`, this.fn('fs', depth, may, 'e', arg), '', `${request.slice(request.indexOf('(') + 1)}, `));
    }
    return [...lines, 'settle();'];
  }

  cancel(depth, may) {
    if (!may.loop) return [this.label('sync')];
    if (this.chance(50) && this.timers.length) return [`clearTimeout(handles[${this.pick(this.timers)}]);`];
    return this.immediates.length ? [`clearImmediate(handles[${this.pick(this.immediates)}]);`] : [this.label('sync')];
  }

  refresh(depth, may) {
    if (!may.loop || !this.timers.length) return [this.label('sync')];
    const id = this.pick(this.timers);
    return [`if (handles[${id}] && firstTime(${id})) { handles[${id}].refresh(); spin(); }`];
  }

  /** Lists of several durations that are all due when the loop starts. */
  dueLists() {
    const lines = [];
    for (const ms of this.shuffle([1, 40, 80, 40])) lines.push(...call('setTimeout', this.fn('due', 1, ALL), `, ${ms}`));
    return [...lines, 'for (let i = 0; i < 35; i++) spin();'];
  }

  /** Long timers; of a group with one expiry only the last may do more than fill the queues. */
  longTimers() {
    const lines = [];
    for (const n of this.shuffle([1, 2, 3].slice(0, 1 + this.int(3)))) {
      for (let same = this.int(3); same > 0; same--) lines.push(...call('setTimeout', this.fn('same', 2, QUEUES), `, ${n * LONG}`));
      this.fuel = Math.max(this.fuel, 5);
      lines.push(...call('setTimeout', this.fn('long', 3, ALL), `, ${n * LONG}`));
    }
    return lines;
  }

  /** When nothing else is left: requests that take several turns of the loop, one after the other. */
  epilogue() {
    let lines = [this.label('last')];
    for (let n = 1 + this.int(3); n > 0; n--) {
      this.fuel = Math.max(this.fuel, 3);
      const inner = [this.label('file').replace("');", " ' + (e && e.code));"), ...this.statements(2, QUEUES, 2), ...(this.chance(50) ? call('setImmediate', this.fn('check', 1, QUEUES)) : []), ...lines];
      lines = this.pick([
        ["fs.readFile('missing', (e) => {", ...indent(inner), '});'],
        ["fs.writeFile('file', 'data', (e) => {", ...indent(inner), '});'],
        ["fs.appendFile('file', 'more', (e) => {", ...indent(inner), '});'],
        ["fs.readFile(__filename, 'utf8', (e) => {", ...indent(inner), '});'],
      ]);
    }
    return ["process.once('beforeExit', (c) => {", ...indent([this.label('beforeExit').replace("');", " ' + c);"), ...lines]), '});'];
  }

  shuffle(list) {
    for (let i = list.length - 1; i > 0; i--) { const j = this.int(i + 1); [list[i], list[j]] = [list[j], list[i]]; }
    return list;
  }

  handler(event, params, message) {
    const ways = ['process.nextTick', 'queueMicrotask', ...(this.long ? [] : ['setImmediate'])];
    const extra = this.chance(25) ? ` ${this.pick(ways)}(() => log('after ${event}'));` : '';
    return `process.on('${event}', (${params}) => { log(${message});${extra} });`;
  }

  toString() {
    const out = [PRELUDE];
    this.long = this.chance(25);
    if (this.chance(93)) out.push(this.handler('uncaughtException', 'e, origin', "'uncaught ' + text(e) + ' ' + origin"));
    if (this.chance(75)) out.push(this.handler('unhandledRejection', 'r', "'unhandled ' + text(r)"));
    out.push(this.handler('rejectionHandled', '', "'handled late'"));
    out.push("process.on('exit', (c) => log('exit ' + c));", "log('main');");
    if (this.chance(15)) out.push(...this.dueLists());
    if (this.long) out.push(...this.longTimers());
    if (this.long) this.fuel = Math.min(this.fuel, 12);
    if (this.chance(40)) out.push(...this.epilogue());
    while (this.fuel > 0) out.push(...this.statements(4, ALL, 4));
    out.push("log('main end');");
    if (this.chance(6)) out.push(this.failure());
    return out.join('\n');
  }
}

/** What a callback may do: `loop` wait for a phase of the loop, `emit` fire what others registered, `throw` fail. */
const ALL = { loop: true, emit: true, throw: true };
const QUEUES = { loop: false, emit: false, throw: false };

function indent(lines, depth = 1) { return lines.map((l) => '  '.repeat(depth) + l); }

function call(name, fn, after = '', before = '') {
  const lines = [...fn];
  lines[0] = `${name}(${before}${lines[0]}`;
  lines[lines.length - 1] += `${after});`;
  return lines;
}

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const only = option('--only');
console.log(String(new Program(Number(args[0] ?? 1), Number(option('--size') ?? 30), only && only.split(','))));
