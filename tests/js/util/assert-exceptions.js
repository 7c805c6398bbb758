// assert(), fail, match, ifError, throws and rejects.
const assert = require('assert');

let count = 0;
function report(error) {
  console.log(count, error.name, error.code, error.generatedMessage, error.operator, JSON.stringify(error.message));
}
function show(f) {
  count++;
  try {
    f();
    console.log(count, 'nothing thrown');
  } catch (error) {
    report(error);
  }
}
const thrower = (value) => () => { throw value; };

show(() => assert(false));
show(() => assert.ok(0));
show(() => assert.ok(typeof 123 === 'string'));
show(() => {
  assert(
    [1, 2].includes(3) &&
      true
  );
});
show(() => assert.ok(null, undefined));
show(() => assert());
show(() => assert(0, 'msg'));
show(() => assert.strict(0));
show(() => assert(false, new RangeError('r')));
show(() => assert(1));
show(() => assert.fail());
show(() => assert.fail('x'));
show(() => assert.fail(new RangeError('r')));
show(() => assert.match('abc', /x/));
show(() => assert.doesNotMatch('abc', /a/));
show(() => assert.match(5, /x/));
show(() => assert.match('abc', /b/));
show(() => assert.ifError(null));
show(() => assert.ifError(new Error('ie')));
show(() => assert.ifError('s'));

show(() => assert.throws(() => {}));
show(() => assert.throws(() => {}, TypeError));
show(() => assert.throws(() => {}, 'msg'));
show(() => assert.throws('x'));
show(() => assert.doesNotThrow(thrower(new Error('q'))));
show(() => assert.doesNotThrow(thrower(new Error('q')), 'mm'));
show(() => assert.doesNotThrow(() => {}));
for (const expected of [/b/, /a/, { message: 'b' }, { message: 'a', name: 'TypeError' }, { message: 'a', name: 'Error' }, TypeError,
  Error, () => false, () => true, 'a', 5, {}, { message: /b/ }, { message: /a/ }, new Error('a'), new Error('f')]) {
  show(() => assert.throws(thrower(new Error('a')), expected));
}
show(() => assert.throws(thrower({ a: 1 }), { a: 2 }));
show(() => assert.throws(thrower('str'), { a: 1 }));
show(() => assert.throws(thrower('str'), /st/));
show(() => assert.throws(thrower(null), /st/));
show(() => assert.throws(thrower(new TypeError('e')), Error, 'm'));
show(() => assert.throws(thrower(new Error('e')), TypeError, 'm'));
show(() => assert.throws(thrower(new Error('e')), { message: 'x' }, 'm'));

(async () => {
  const rejected = (value) => Promise.reject(value);
  for (const f of [
    () => assert.rejects(Promise.resolve(1)), () => assert.rejects(rejected(new Error('x'))),
    () => assert.rejects(rejected(new Error('x')), /y/), () => assert.rejects(async () => { throw new TypeError('q'); }, TypeError),
    () => assert.rejects(() => 5), () => assert.rejects(5), () => assert.doesNotReject(rejected(new Error('z'))),
    () => assert.doesNotReject(Promise.resolve()), () => assert.rejects(rejected(new Error('x')), { message: 'x', name: 'Error' }),
    () => assert.rejects(Promise.resolve(), 'mm'), () => assert.rejects(() => { throw new Error('thrown at once'); }),
  ]) {
    count++;
    await f().then(() => console.log(count, 'nothing thrown'), report);
  }
})();
