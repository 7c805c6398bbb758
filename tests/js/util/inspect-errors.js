// Errors, without the lines of their stacks.
const { inspect } = require('util');
function show(value, options) {
  console.log(inspect(value, options).split('\n').filter((line) => !/^ +(at |\.\.\. )/.test(line)).join('\n'));
}

class Sub extends Error {
  constructor(message) {
    super(message);
    this.extra = 1;
  }
}
class Named extends Error {
  constructor(message) {
    super(message);
    this.name = 'Named';
  }
}
class Plain extends Error {}
class PlainError extends Error {}
class Getter extends TypeError {
  get name() { return 'FromGetter'; }
}
for (const Kind of [Error, TypeError, RangeError, SyntaxError, Sub, Named, Plain, PlainError, Getter]) {
  show(new Kind('message'));
  show({ nested: [new Kind('message')] });
  show(new Kind());
}
show(Object.assign(new Error('with code'), { code: 'E', errno: -2, info: { deep: { er: {} } } }));
show(new Error('outer', { cause: new Error('inner') }));
show(new Error('outer', { cause: 'text' }));
show({ e: new Error('outer', { cause: new TypeError('inner', { cause: new Error('innermost') }) }) });
show(new AggregateError([new Error('1'), 2], 'several'));
show(Object.setPrototypeOf(new Error('no prototype'), null));
show(Object.assign(new Error('text'), { name: 'TypeError [X]' }));
show(Object.assign(new Error('before'), { name: 'Custom', message: 'after' }));
show(new Error('two\nlines'));
show([[new Error('two\nlines')]]);
show(Object.assign(Object.create(Error.prototype), { message: 'created' }));
show(Object.assign(new Error('x'), { toString() { return 'own'; } }));

const noStack = Object.defineProperty(new Error('no stack'), 'stack', { value: undefined });
show(noStack);
show({ noStack });
const ownStack = new Error('own stack');
ownStack.stack = 'text alone';
show(ownStack);
ownStack.stack = 'Error: own stack\n    at nowhere';
show(ownStack);

try {
  null.x;
} catch (error) {
  console.log(error instanceof TypeError, error.name, inspect(error).startsWith('TypeError: '));
}
console.log('%s', String(new Named('as text')), `${new Sub('m')}`);
console.log(Object.keys(new Error('x')), Object.getOwnPropertyNames(new Error('x')).includes('message'));
