'use strict';

// The engine's own Promise.any rejects with an error that has no message.

const { apply } = Reflect;

function install() {
  const any = { any(iterable) { return run(this, iterable); } }.any;
  Object.defineProperty(Promise, 'any', { value: any, writable: true, enumerable: false, configurable: true });
}

function run(C, iterable) {
  let resolve;
  let reject;
  const result = new C((onFulfilled, onRejected) => {
    if (resolve !== undefined || reject !== undefined) throw new TypeError('Promise executor has already been invoked');
    resolve = onFulfilled;
    reject = onRejected;
  });
  try {
    const promiseResolve = C.resolve;
    if (typeof promiseResolve !== 'function') throw new TypeError('Promise resolve or reject function is not callable');
    const errors = [];
    let left = 1;
    let index = 0;
    const settle = () => {
      if (--left > 0) return;
      reject(new AggregateError(errors, 'All promises were rejected'));
    };
    for (const item of iterable) {
      const at = index++;
      errors[at] = undefined;
      left++;
      let called = false;
      apply(promiseResolve, C, [item]).then(resolve, (reason) => {
        if (called) return;
        called = true;
        errors[at] = reason;
        settle();
      });
    }
    settle();
  } catch (error) {
    reject(error);
  }
  return result;
}

module.exports = { install };
