const assert = require('assert');
for (const f of [() => assert(0, 'falsy'), () => assert.strictEqual(1, 2, 'not equal'), () => assert.deepStrictEqual({ a: 1 }, { a: 1 }), () => assert.throws(() => { throw new TypeError('t'); }, TypeError), () => assert.ok(true), () => assert.fail('failed'), () => assert.equal(1, '1')]) {
  try { f(); console.log('ok'); } catch (e) { console.log(e.name, e.code, e.message); }
}
assert.rejects(Promise.reject(new Error('r'))).then(() => console.log('rejects ok'));
const { performance } = require('perf_hooks'); console.log(performance.now() > 0, typeof performance.timeOrigin, performance === globalThis.performance);
