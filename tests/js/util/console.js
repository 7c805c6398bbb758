// The console's methods.
console.log();
console.log('');
console.log(undefined);
console.info('i');
console.debug('d');
console.count();
console.count('a');
console.count(undefined);
console.countReset('a');
console.count('a');
console.assert(true, 1);
console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.dir({ a: { b: { c: { d: 1 } } } });
console.dirxml({ a: 1 }, [2]);
console.log(console.log.name, console.log.length, console[Symbol.toStringTag]);

// Groups.
console.group();
console.group('Group');
console.log('a\nb');
console.log({ a: 1, b: ['x'.repeat(70)] });
console.groupCollapsed('inner %d', 5);
console.table([[1]]);
console.groupEnd();
console.groupEnd();
console.groupEnd();
console.groupEnd();
console.log('outside');

// Methods on their own.
const { log } = console;
log('destructured', 1);
[1, 2].forEach(console.log);

// Consoles on other streams.
const lines = [];
const emitter = { on() {}, once() {}, removeListener() {}, listenerCount() { return 0; } };
const own = new console.Console({
  stdout: { ...emitter, write(string) { lines.push(string); } },
  stderr: { ...emitter, write(string) { lines.push(`stderr ${string}`); } },
  groupIndentation: 4,
});
own.log('a %d', 1);
own.error('b');
own.warn({ c: 1 });
own.assert(false);
own.assert(false, 'a %s', 'b');
own.assert(false, { a: 1 });
own.group('x');
own.info('y');
own.warn('z');
own.groupEnd();
own.dir({ a: 1 });
own.table([1]);
own.count();
console.log(lines);
const colored = new console.Console({ stdout: { ...emitter, write(s) { lines.push(s); } }, inspectOptions: { colors: true, depth: 0 } });
colored.log({ a: { b: 1 } }, 5);
console.log(lines.pop());
console.log(own instanceof console.Console, console instanceof console.Console, {} instanceof console.Console);
console.log(Object.keys(own));
class Prefixed extends console.Console {
  constructor() { super(process.stdout); }
  hello() { this.log('hello'); }
  log(...args) { super.log('>', ...args); }
}
new Prefixed().hello();
new Prefixed().info('info');
for (const args of [[], [{}], [{ stdout: process.stdout, colorMode: 'x' }], [{ stdout: process.stdout, groupIndentation: -1 }]]) {
  try {
    new console.Console(...args);
  } catch (error) {
    console.log(error.code, error.message);
  }
}

// What a program puts in the place of process.stdout.write is used.
const write = process.stdout.write;
const caught = [];
process.stdout.write = (string) => caught.push(string) > 0;
console.log('hi');
console.log('a', 1);
process.stdout.write = write;
console.log(caught);
