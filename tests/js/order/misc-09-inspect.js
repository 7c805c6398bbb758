const util = require('util');
console.log(util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: 0 }), util.inspect({ a: { b: { c: { d: 1 } } } }, { depth: null, compact: false }));
console.log(util.inspect('s'), util.inspect(new Map([[{ a: 1 }, 'b']]), { showHidden: false }), util.inspect([1, 2, 3, 4], { maxArrayLength: 2 }), util.inspect('x'.repeat(50), { maxStringLength: 5 }));
console.log(util.inspect({ b: 1, a: 2 }, { sorted: true }), util.inspect({ [util.inspect.custom](d, o) { return 'custom ' + d + ' ' + typeof o.stylize; } }));
console.log({ [util.inspect.custom]: () => ({ replaced: true }) }, util.inspect({ a: 1n, b: -0 }), util.inspect([,'x']), util.inspect({ a: [[[]]] }, { breakLength: 5 }));
console.log(util.inspect(1234567.891, { numericSeparator: true }), util.inspect(Object.assign(() => {}, { p: 1 })), util.inspect(new (class A { get [Symbol.toStringTag]() { return 'Tag'; } })()));
console.log(util.format('%s:%s', 'a'), util.format(1, 2, '3'), util.format('%j', { toJSON() { return 'J'; } }), util.format(), util.format('a%', 1));
