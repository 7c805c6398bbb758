// What console.log prints for each kind of value.
const show = (...values) => values.forEach((value) => console.log(value));

show(1, -0, 0, NaN, Infinity, -Infinity, 1e21, 1.5e-7, 1n, true, undefined, null, Symbol('x'), Symbol(), 'text');
show([1, -0, 'a', 1n, true, undefined, null, Symbol('x\n'), Symbol.iterator]);
show(["it's", 'say "hi"', `it's "x"`, 'it\'s "x" `y`', '\n\t\\', '\x00\x1b\x7f', 'é€😀', '${x}\'"', '\ud83d']);

// Property names.
show({ a: 1, 'b-c': 2, $d: 3, _e: 4, 5: 6, [Symbol('s')]: 7, 'x y': 8, '': 9, "it's": 10, ['__proto__']: 11 });

// Nesting.
show({ a: { b: { c: { d: 1 } } } }, [[[[1]]]], { a: { b: { c: {} } } }, { a: { b: { c: [] } } });
show([], {}, [[]], [{}], { a: [] }, { a: {} });
show({ level1: { level2: { level3: 'deep', list: [1, 2, 3] } }, other: [{ a: 1 }, { b: 2 }] });
const chain = {};
let last = chain;
for (let i = 0; i < 6; i++) last = last.next = { i, list: [i, { i }] };
show(chain);

// Line breaks.
show({ a: 'a'.repeat(60), b: 1 }, { a: 'a'.repeat(70) }, { a: { b: { c: 1 }, d: 'x'.repeat(50) } });
show(['x'.repeat(40), 'y'.repeat(40)], { s: 'first\nsecond\nthird, which is long enough to be broken ' + 'x'.repeat(50) });
show([['a', 'b'], ['c', 'd']], { a: [[1, 2, [3, 4, [5]]]] }, { x: [{ a: 1, b: 2, c: [{ d: 1 }] }] });

// Arrays in columns, long arrays, holes, further properties.
show(Array.from({ length: 30 }, (_, i) => `item${i}`), Array.from({ length: 101 }, (_, i) => i));
show(Array.from({ length: 7 }, (_, i) => ({ i })), Array.from({ length: 27 }, (_, i) => (i % 3 ? i : `x${i}`)));
show(Array.from({ length: 10 }, (_, i) => -i * 1000), [1.5, 2.25, 3, 4, 5, 6, 7, 8], ['你好', 'a', 'b', 'c', 'd', 'e', 'f']);
show([1, , 3], [, ,], [1, 2, 3, , , , 5], new Array(5), new Array(200), Object.assign([], { 5: 1 }));
show(Object.assign([1, 2], { x: 1, '-1': 2 }));

// Collections.
show(new Map(), new Set(), new Map([[1, { a: 2 }], ['x', new Map([[{}, []]])]]), new Set([1, 'a', [1, 2]]));
show(new Set([[1, 2], { a: 1 }, new Set([1])]), [new Set([[[[]]]])], new WeakMap(), new WeakSet());
show({ a: { b: { c: new Map(), d: new Set([1]), e: [1], f: new Date(0), g: Object.create(null), h() {} } } });

// Cycles.
const circular = { name: 'c' };
circular.self = circular;
circular.list = [circular, { circular }];
const list = [1];
list.push(list);
const map = new Map();
map.set('m', map).set(map, 1);
const set = new Set();
set.add(set);
const two = { y: {} };
two.y.x = two;
two.y.y = two.y;
show(circular, list, map, set, [two, two.y]);

// Built-in objects.
show(new Date(0), new Date(NaN), [new Date(86400000)], Object.assign(new Date(0), { a: 1 }));
show(/a/g, [/x[/]y/i], Object.assign(/q/, { a: 1 }), { a: { b: { c: /x/ } } });
show([new Number(3), new String('abc'), new Boolean(false), Object(1n), Object(Symbol('q')), new Number(-0)]);
show(Object.assign(new String('ab'), { x: 1 }));
show(Promise.resolve(1), Promise.resolve({ a: [1] }), new Promise(() => {}));
const rejected = Promise.reject(5);
rejected.catch(() => {});
show(rejected);
show(new Uint8Array(3), new Float64Array([1.5, -0, NaN]), new BigInt64Array([1n, -2n]), new Uint8Array(0));
show(new Uint8Array(200), new Int16Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
show(new ArrayBuffer(4), new Uint8Array([1, 2, 255]).buffer, new ArrayBuffer(0), new ArrayBuffer(60));
show(new DataView(new ArrayBuffer(2)), Buffer.from('abc'), Buffer.alloc(60, 1), { buffer: Buffer.from('x') });
show((function () { return arguments; })(1, 'a'), (function () { return arguments; })());
show((function* () {})(), (async function* () {})(), Math, JSON, Reflect);
show(new Proxy({ a: 1 }, {}), new Proxy([1, 2], {}), new Proxy(function f() {}, {}), new Proxy(new Proxy({}, {}), {}));

// Accessors.
show({ f() {}, get a() { return 1; }, set a(v) {}, get b() { return 2; }, set c(v) {} });
