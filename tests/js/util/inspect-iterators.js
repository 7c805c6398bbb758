// Iterators of collections are printed without losing their place.
const map = new Map([['a', 1], ['b', { c: [2] }]]);
const set = new Set([1, 'x', { y: 1 }]);
console.log(map.keys(), map.values(), map.entries(), map[Symbol.iterator]());
console.log(set.keys(), set.values(), set.entries());
console.log(new Map().keys(), new Set().values(), [map.keys(), [set.values()]]);

const keys = map.keys();
console.log(keys.next(), keys, keys, [...keys], keys, keys.next());
const values = set.values();
console.log(values);
for (const value of values) console.log(value);
console.log(values);
const entries = map.entries();
console.log(entries);
console.log(entries.next().value);
console.log(entries);
console.log(Array.from(entries));
console.log(entries);

const many = new Map(Array.from({ length: 120 }, (_, i) => [i, i]));
console.log(many.keys(), new Set(many.keys()).values(), many.entries());
console.log([1, 2].values(), 'ab'[Symbol.iterator](), [1, 2][Symbol.iterator]().next());
console.log('ab'.matchAll(/a/g), (function* () { yield 1; })());
