// The messages of failed comparisons.
const assert = require('assert');

let count = 0;
function show(f) {
  count++;
  try {
    f();
    console.log(count, 'nothing thrown');
  } catch (error) {
    console.log(count, error.name, error.code, error.generatedMessage, error.operator);
    console.log(error.message);
  }
}
const list = (length, change = (i) => i) => Array.from({ length }, (_, i) => change(i));

class A {}
const same = list(60);
const pairs = [
  [1, 2], ['a', 'b'], [NaN, 0], [1, '1'], [1, {}], [{}, []], [{}, {}], [[], []], [null, undefined], [true, false], [1n, 2n], [-0, 0],
  ['abcdefgh', 'abcdefgi'], ['a long string which differs', 'a long string that differs'], [undefined, 'something long'],
  ['a'.repeat(10), 'b'.repeat(80)], [123456789, 12345678], ['multi\nline one', 'multi\nline two'], ['x\n'.repeat(5), 'x\n'.repeat(4)],
  [() => {}, () => {}], [Symbol('a'), Symbol('a')], [new Date(0), new Date(1)], [new Date(0), new Date(0)],
  [new Set([1]), new Set([2])], [new Map([[1, 2]]), new Map([[1, 3]])], [new Error('a'), new Error('b')],
  [Object.create(null), {}], [new A(), {}], [{ a: 1 }, 5], [[NaN], [NaN]],
  [{ a: 1, b: 2, c: [1, 2, 3] }, { a: 1, b: 3, c: [1, 2, 4] }], [[1, 2, 3], [1, 2, 3, 4]], [[1, 2, 3, 4], [1, 2, 3]],
  [{ a: 1 }, { a: 1, b: 2 }], [{ a: { b: { c: [1, { d: 2 }] } } }, { a: { b: { c: [1, { d: 3 }] } } }],
  [[[1, 2], [3, 4]], [[1, 2], [3, 5]]], [{ a: 1, b: 'x', c: null }, { a: 1, b: 'y', c: undefined }], [[1, 2, [3]], [1, 2, [3], 4]],
  [list(30), list(30, (i) => (i === 15 ? 'x' : i))], [list(30), list(30, (i) => (i % 29 === 0 ? 'x' : i))],
  [list(9), list(9, (i) => (i % 8 === 0 ? 'x' : i))], [list(11), list(11, (i) => (i % 7 === 1 ? 'x' : i))],
  [list(60, (i) => ({ i })), list(60, (i) => ({ i: i === 30 ? 'q' : i }))], [same, list(60)], [list(80), list(80, (i) => -i)],
];
for (const [actual, expected] of pairs) {
  for (const operator of ['strictEqual', 'deepStrictEqual', 'equal', 'deepEqual']) {
    show(() => assert[operator](actual, expected));
  }
}
for (const value of [1, 'a long string', same, { a: 1 }]) {
  for (const operator of ['notStrictEqual', 'notDeepStrictEqual', 'notEqual', 'notDeepEqual']) {
    show(() => assert[operator](value, value));
  }
}
show(() => assert.strict.equal(1, '1'));
show(() => assert.strict.deepEqual([1], ['1']));
show(() => assert.equal(null, undefined));
show(() => assert.equal(NaN, NaN));
show(() => assert.strictEqual(1));

// Messages of the program's own.
show(() => assert.strictEqual(1, 2, 'own'));
show(() => assert.strictEqual(1, 2, new TypeError('mine')));
show(() => assert.deepStrictEqual({ a: 1 }, { a: 2 }, 'own'));
show(() => assert.deepEqual(1, 2, 'own'));
show(() => assert.notStrictEqual(1, 1, 'own'));

const error = new assert.AssertionError({ actual: 1, expected: 2, operator: 'strictEqual' });
console.log(error.message, error instanceof Error, Object.keys(error), String(error), error.stack.split('\n')[0]);
console.log(require('util').inspect(error).split('\n').filter((line) => !/^ +at /.test(line)).join('\n'));
