// Every value against every other, by the strict and the loose deep comparison.
const assert = require('assert');
const util = require('util');

const make = () => [
  1, '1', 1n, true, null, undefined, NaN, 0, -0, '', [], {}, [1], ['1'], { a: 1 }, { a: '1' }, { a: undefined }, { b: undefined },
  new Date(0), new Date(1), /a/, /a/g, new Map(), new Map([[1, 2]]), new Map([['1', 2]]), new Map([[{ a: 1 }, { b: 2 }]]),
  new Map([[{ a: '1' }, { b: 2 }]]), new Set(), new Set([1]), new Set(['1']), new Set([{ a: 1 }]), new Set([{ a: '1' }]),
  new Set([[1, 2], [3]]), new Set([[3], [1, 2]]), new Error('x'), new Error('y'), new TypeError('x'), Object(1), Object('1'),
  Object(Symbol.iterator), Object.create(null), Object.assign(Object.create(null), { a: 1 }), new Uint8Array([1, 2]),
  new Uint8Array([1, 3]), new Int8Array([1, 2]), new Float32Array([0, 1]), new Float32Array([-0, 1]), new ArrayBuffer(2),
  new ArrayBuffer(3), Buffer.from([1, 2]), [, 1], [undefined, 1], [1, 2, 3], Object.assign([1, 2, 3], { x: 1 }),
  (function () { return arguments; })(1), new (class A { constructor() { this.a = 1; } })(), { [Symbol.for('q')]: 1 },
  { [Symbol.for('q')]: 2 }, Symbol.for('a'), () => 1, new Set([null]), new Set([undefined]), new Set([0]), new Set([false]),
  new Map([[null, 1]]), new Map([[undefined, 1]]), new Map([[0, 1]]), new Map([['', 1]]), [NaN], [0], [-0], new Set([NaN]),
  { a: { b: { c: 1 } } }, { a: { b: { c: '1' } } }, Object.assign(new Error('x'), { code: 1 }), new Error('x', { cause: 1 }),
  new Error('x', { cause: 2 }), new AggregateError([1], 'x'), new AggregateError([2], 'x'), new DataView(new ArrayBuffer(2)),
  Promise.resolve(1), new WeakMap(), new WeakSet(), Object(1n), Object(true), new String('ab'),
  Object.assign(new String('ab'), { x: 1 }), new (class extends Map {})(), new (class extends Array {})(), { length: 0 },
  { 0: 1, length: 1 }, new Set([1, 2, '3']), new Set(['1', 2, 3]), new Set([1, {}]), new Set([{}, '1']),
];

function looselyEqual(a, b) {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch (error) {
    if (error.code !== 'ERR_ASSERTION') throw error;
    return false;
  }
}

const left = make();
const right = make();
for (let i = 0; i < left.length; i++) {
  let row = '';
  for (let j = 0; j < right.length; j++) {
    const strict = util.isDeepStrictEqual(left[i], right[j]);
    const loose = looselyEqual(left[i], right[j]);
    row += strict ? (loose ? '=' : '!') : loose ? '~' : '-';
  }
  console.log(String(i).padStart(2), row);
}

const one = {};
one.x = one;
const other = {};
other.x = other;
const twice = { x: {} };
twice.x.x = twice;
console.log(util.isDeepStrictEqual(one, other), util.isDeepStrictEqual(one, twice));
console.log(util.isDeepStrictEqual({ a: one }, { a: other }), util.isDeepStrictEqual(one, { x: { x: {} } }));
const set = new Set();
set.add(set);
const otherSet = new Set();
otherSet.add(otherSet);
console.log(util.isDeepStrictEqual(set, otherSet));
