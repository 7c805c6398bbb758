// await of a native promise does not call then; resolving with one does.
const original = Promise.prototype.then;
let calls = 0;
Promise.prototype.then = function (a, b) { calls++; return original.call(this, a, b); };
(async () => {
  await Promise.resolve(1);
  console.log('await: ' + calls);
  await new Promise((r) => r(Promise.resolve(1)));
  console.log('resolve with a promise: ' + calls);
  await Promise.all([1, 2]);
  console.log('all of two: ' + calls);
  Promise.prototype.then = original;
})();
