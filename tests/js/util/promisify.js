// util.promisify, callbackify, inherits and the small functions.
const util = require('util');

function add(a, b, callback) { callback(null, a + b); }
add.x = 1;
const added = util.promisify(add);
console.log(added.name, added.length, added.x, added === util.promisify(added), util.promisify.custom);
const nm = util.callbackify(async function nm(reason) {
  if (reason) throw reason;
  return 'result';
});
console.log(nm.name, nm.length);

async function main() {
  console.log(await added(1, 2));
  await util.promisify((callback) => callback(new Error('failed')))().catch((error) => console.log(error.message));
  console.log(await util.promisify({ own(callback) { callback(null, this === undefined); } }.own)());
  add[util.promisify.custom] = () => Promise.resolve('custom');
  console.log(await util.promisify(add)());
  await new Promise((resolve) => nm(0, (error, result) => resolve(console.log(error, result))));
  await new Promise((resolve) => nm(new Error('rejected'), (error) => resolve(console.log(error.message))));
  await new Promise((resolve) => util.callbackify(() => Promise.reject(null))((error) => {
    resolve(console.log(error.code, error.message, error.reason));
  }));
}
main();

for (const f of [
  () => util.promisify(1), () => util.callbackify(1), () => nm(1), () => util.inherits(1), () => util.inherits(function () {}, null),
  () => util.inherits(function () {}, () => 1), () => util.styleText('zz', 'a'), () => util.styleText('red', 5),
]) {
  try {
    f();
    console.log('nothing thrown');
  } catch (error) {
    console.log(error.code, error.message);
  }
}

function Parent() {}
Parent.prototype.hi = function () { return 'hi'; };
function Child() {}
util.inherits(Child, Parent);
console.log(new Child().hi(), Child.super_ === Parent, new Child(), Object.keys(Child));

console.log(JSON.stringify(util.styleText(['bold', 'underline'], 'x')), JSON.stringify(util.styleText('red', 'x', { validateStream: false })));
console.log(util.isArray([]), util.isDate(new Date()), util.isError(new Error()), util.isRegExp(/a/), util.isPrimitive(null));
console.log(util.isFunction(add), util.isBuffer(Buffer.alloc(1)), util.isObject({}), util._extend({ a: 1 }, { b: 2 }));
console.log(util.toUSVString('a\ud800'), util.getSystemErrorName(-2), util.debuglog('x').enabled);
console.log(Object.keys(util).sort().join(' '));
