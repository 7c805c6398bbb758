// How functions, classes and their instances are named.
const show = (...values) => values.forEach((value) => console.log(value));

class Foo {
  constructor() { this.x = 1; }
  get y() { return 1; }
}
class Bar extends Foo {}
show(new Foo(), new Bar(), Foo, Bar, class {}, class extends Foo {}, [Foo, Bar], { Foo });
class A extends null {}
show(A, class extends Array {}, class S { static x = 1; static m() {} });
show(function () {}, function f() {}, () => {}, async () => {}, async function g() {}, function* gen() {});
show(async function* ag() {}, Math.max, [function () {}]);
show(Object.assign(function f() {}, { a: 1 }), Object.assign(class A {}, { b: 2 }));
show({ f: Object.assign(function q() {}, { y: { z: { w: 1 } } }) });

// Prototypes of all sorts.
show(Object.create(null), Object.assign(Object.create(null), { a: 1 }), Object.create({}), Object.create(Object.create(null)));
show(Object.create(Foo.prototype), Foo.prototype, Bar.prototype);
show(Object.create({ constructor: { name: 'x' } }), Object.create({ constructor: undefined }), { constructor: 'x' });
show({ constructor: function Fake() {} });
function Old() { this.a = 1; }
show(new Old(), Old.prototype, new (function () { this.q = 1; })());
Old.prototype = { z: 1 };
show(new Old());
class NoName { static get name() { return ''; } }
show(new NoName(), new (class {})(), new (class extends Map {})(), [new (class extends Array {})()]);
for (const value of [[1, 2], new Map([[1, 2]]), new Set([1]), function f() {}, new Date(0), /a/, new Uint8Array(2),
  class B {}, Promise.resolve(1), new Number(1)]) {
  show(Object.setPrototypeOf(value, null));
}

// Tags.
show({ [Symbol.toStringTag]: 'T' }, Object.create({ [Symbol.toStringTag]: 'Z' }));
show(new (class X { get [Symbol.toStringTag]() { return 'Y'; } })(), new (class X { get [Symbol.toStringTag]() { return 'X'; } })());
class Tagged extends Map { get [Symbol.toStringTag]() { return 'TT'; } }
show(new Tagged(), new Tagged([[1, 2]]));
show({ __proto__: null, a: 1, [Symbol.toStringTag]: 'X' }, { __proto__: { [Symbol.toStringTag]: 'Y' } });

// Subclasses of built-ins.
class MyArray extends Array {}
show(new MyArray(), MyArray.from([1, 2]), new (class Str extends String {})('q'), new (class P2 extends Promise {})(() => {}));
show(new (class Keyed extends Map {})([[1, { a: { b: { c: 1 } } }]]), { a: { m: new Map([[{ a: { b: {} } }, 1]]) } });

// Custom inspection.
const { inspect } = require('util');
show({ [inspect.custom](depth, options, own) { return `C<${depth},${typeof options.stylize},${own === inspect}>`; } });
show([{ [inspect.custom]() { return { x: 1, y: 'multi\nline' }; } }], { a: { [inspect.custom]() { return 'a\nb'; } } });
class Money {
  constructor(amount) { this.amount = amount; }
  [inspect.custom](depth, options) { return `Money<${options.stylize(this.amount, 'number')}>`; }
}
show(new Money(5), { price: new Money(6) }, inspect(new Money(7), { colors: true }), Money.prototype);
class Box {
  constructor(value) { this.value = value; }
  [inspect.custom](depth, options, inspect) {
    if (depth < 0) return options.stylize('[Box]', 'special');
    const inner = inspect(this.value, { ...options, depth: options.depth === null ? null : options.depth - 1 });
    return `${options.stylize('Box', 'special')}< ${inner.replace(/\n/g, '\n     ')} >`;
  }
}
show(new Box(true), new Box(new Box(new Box(new Box(1)))), [[[new Box(1)]]]);
show({ inspect() { return 1; } }, { toJSON() {} });
