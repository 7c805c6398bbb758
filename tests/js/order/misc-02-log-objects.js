console.log({}, [], { a: 1, 'b-c': 2, 3: 4, [Symbol('k')]: 5 });
console.log({ n: { n: { n: { n: 1 } } } }, [[[[1]]]]);
console.log({ f() {}, g: () => {}, h: function named() {}, i: async () => {}, j: function* gen() {}, k: class K {}, l: class extends Array {} });
console.log([1, , 3, , , 6], new Array(3), [undefined, , null]);
console.log(Object.create(null), Object.create({ inherited: 1 }), new (class Foo { x = 1; })(), new (class extends Map {})());
console.log({ get a() { return 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} });
