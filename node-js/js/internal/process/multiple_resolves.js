'use strict';

// 'multipleResolves': a promise's executor settles it more than once. Nobody but the executor's two functions can tell, so
// from the first listener on they are wrapped for every promise that a script makes.

let watching = false;

function watch() {
  if (watching) return;
  watching = true;
  const Original = Promise;
  globalThis.Promise = new Proxy(Original, {
    construct(target, args, newTarget) {
      const [executor] = args;
      if (typeof executor !== 'function') return Reflect.construct(target, args, newTarget);
      let settled = false;
      let promise;
      const report = (type, value) => process.nextTick(() => process.emit('multipleResolves', type, promise, value));
      promise = Reflect.construct(target, [(resolve, reject) => {
        const once = (type, settle) => (value) => {
          if (settled) {
            report(type, value);
            return;
          }
          settled = true;
          settle(value);
        };
        executor(once('resolve', resolve), once('reject', reject));
      }], newTarget === globalThis.Promise ? target : newTarget);
      return promise;
    },
  });
}

module.exports = { watch };
