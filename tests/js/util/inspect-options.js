// The options of util.inspect.
const { inspect, stripVTControlCharacters } = require('util');
const show = (value, options) => console.log(inspect(value, options));

show({ a: 1, b: { c: [] } }, { showHidden: true });
show([1, 2], { showHidden: true });
show(new Map([[1, 2]]), { showHidden: true });
show(new Uint8Array(2), { showHidden: true });
class B {
  constructor() { this.z = 1; }
  get foo() { return 1; }
}
class C extends B {
  get bar() { return 2; }
}
show(new B(), { showHidden: true });
show(new C(), { showHidden: true, getters: true });
show(Object.defineProperty({}, 'hid den', { value: 1, enumerable: false }), { showHidden: true });

const accessors = {
  get a() { return 1; }, set a(v) {}, get b() { return { x: 1 }; }, get c() { throw new Error('oops'); },
  get d() { return null; }, set e(v) {},
};
for (const getters of [true, 'get', 'set']) show(accessors, { getters });

show({ b: 1, a: 2, c: [3, 1] }, { sorted: true });
show({ b: 1, a: 2 }, { sorted: (x, y) => (y < x ? -1 : 1) });
show('a'.repeat(20), { maxStringLength: 10 });
show('ab', { maxStringLength: 1 });
show('ab', { maxStringLength: 0 });
show('ab'.repeat(6000));
show([1, 2, 3], { maxArrayLength: 0 });
show(new Set([1, 2, 3]), { maxArrayLength: 1 });
show(new Map([[1, 2], [3, 4]]), { maxArrayLength: 1 });
show(new Array(150).fill(1), { maxArrayLength: null });
for (const number of [123456789.12345678, -1234567n, 1e21, 0.1234567, -1234.5678, 123, -0]) {
  show(number, { numericSeparator: true });
}

const nested = { a: { b: { c: { d: { e: 1 } } } }, list: [[['x']]], text: 'one\ntwo'.repeat(12) };
for (const depth of [0, 1, 5, null, Infinity]) show(nested, { depth });
for (const compact of [0, 1, 5, true, false]) show(nested, { compact, depth: 4 });
for (const breakLength of [20, 60, 120, Infinity]) show(nested, { breakLength, depth: 4 });
show(nested, { compact: true, breakLength: 30 });
console.log(inspect({ a: { b: { c: {} } } }, false, 0), inspect({ a: { b: 1 } }, false, 1, true), inspect({ a: 1 }, true));

show({
  list: [undefined, null, true, 1, 1n, 's', Symbol('x'), new Date(0), /r/, () => {}, class Q {}],
  get b() { return 1; },
  map: new Map([[1, new Set([2])]]),
  promise: Promise.resolve(1),
  boxed: new Number(3),
  [Symbol('k')]: 'v',
  'q-q': 1,
}, { colors: true });
const circular = {};
circular.x = circular;
show(circular, { colors: true });
show(circular, { compact: true });
show({ circular }, { compact: false });

show(new Proxy({ a: 1 }, { get() {} }), { showProxy: true });
show({ p: new Proxy([1], {}) }, { showProxy: true });
show(new Proxy({}, { get() { throw new Error('no'); }, ownKeys() { throw new Error('no'); } }));
const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
show(proxy);

console.log(stripVTControlCharacters('\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07'));
console.log(inspect.defaultOptions, inspect.styles, inspect.colors.grey);
inspect.defaultOptions.depth = 0;
console.log({ a: { b: 1 } });
inspect.defaultOptions = { depth: 2 };
console.log({ a: { b: 1 } });
inspect.styles.number = 'red';
show(1, { colors: true });
