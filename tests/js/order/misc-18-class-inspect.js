class A { constructor() { this.pub = 1; } #priv = 2; static s = 3; get g() { return this.#priv; } }
class B extends A { constructor() { super(); this.child = new A(); } }
console.log(new A(), new B(), A, B, [A], { A }, A.prototype, Object.getPrototypeOf(new B()));
class C extends Array {} class D extends Error {} class E extends Promise {}
console.log(C.from([1, 2]), new C(), E.resolve(1), Object.create(A.prototype), Object.setPrototypeOf({ a: 1 }, null));
function Old() { this.v = 1; } console.log(new Old(), Old, new (function () { this.z = 1; })());
const sym = Symbol('d'); console.log({ [sym]: sym }, Object.defineProperty({}, 'hidden', { value: 1 }), Object.freeze([1]), new (class { [Symbol.toStringTag] = 'T'; })());
