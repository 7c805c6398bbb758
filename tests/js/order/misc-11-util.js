const util = require('util');
console.log(util.isDeepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), util.isDeepStrictEqual([1], ['1']), util.isDeepStrictEqual(new Set([1]), new Set([1])), util.types.isPromise(Promise.resolve()), util.types.isDate(new Date()), util.types.isRegExp(/x/));
const cb = (a, done) => process.nextTick(done, a > 1 ? new Error('too big') : null, a * 2);
const p = util.promisify(cb);
p(1).then((v) => console.log('promisified ' + v)); p(2).catch((e) => console.log('promisified ' + e.message));
util.callbackify(async (x) => x + 1)(1, (e, v) => console.log('callbackified', e, v));
util.callbackify(async () => { throw null; })((e) => console.log(e.code, e.reason));
const custom = () => {}; custom[util.promisify.custom] = () => Promise.resolve('custom'); util.promisify(custom)().then(console.log);
try { util.promisify('x'); } catch (e) { console.log(e.code); }
console.log(util.inspect.custom === Symbol.for('nodejs.util.inspect.custom'), util.stripVTControlCharacters('\u001b[31mred\u001b[0m'), util.toUSVString('a\ud800'));
