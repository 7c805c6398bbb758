console.log(typeof Promise.resolve().then, Promise.name, Promise.length, String(Promise.resolve()), Object.prototype.toString.call(Promise.resolve()));
console.log(Promise[Symbol.species] === Promise, Promise.prototype.constructor === Promise);
const P2 = class extends Promise {};
console.log(Promise.resolve(P2.resolve(1)) instanceof P2, P2.resolve(Promise.resolve(1)) instanceof P2);
P2.reject(new Error('x')).catch((e) => console.log(e.message));
try { Promise.resolve.call(undefined, 1); } catch (e) { console.log(e.name); }
