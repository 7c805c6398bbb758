// AsyncLocalStorage and AsyncResource, as far as no engine is needed.
const { AsyncLocalStorage, AsyncResource, createHook, executionAsyncId, triggerAsyncId, executionAsyncResource } = require('async_hooks');
const attempt = (fn) => { try { console.log(fn()); } catch (e) { console.log(e.name, e.code, e.message); } };
const als = new AsyncLocalStorage();
const other = new AsyncLocalStorage();
console.log(als, als.getStore());
console.log(als.run('one', (...args) => [als.getStore(), args, als.run('two', () => als.getStore()), als.exit(() => als.getStore()), als.getStore()], 'x', 'y'), als.getStore());
als.run(1, () => other.run(2, () => console.log(als.getStore(), other.getStore(), als.exit(() => [als.getStore(), other.getStore()]))));
try { als.run('thrown', () => { throw new Error('out'); }); } catch (e) { console.log(e.message, als.getStore()); }
als.enterWith('entered');
console.log(als.getStore());
const snapshot = AsyncLocalStorage.snapshot();
const bound = AsyncLocalStorage.bind((a, b) => `${als.getStore()} ${a} ${b}`);
als.enterWith('later');
console.log(snapshot(() => als.getStore()), bound(1, 2), bound.length, als.getStore());
als.disable();
console.log(als.getStore(), als.run('again', () => als.getStore()));
als.run(undefined, () => console.log(als.getStore()));
als.run(null, () => console.log(als.getStore()));

console.log(executionAsyncId(), triggerAsyncId(), typeof executionAsyncResource());
const resource = als.run('kept', () => new AsyncResource('KIND'));
console.log(resource.runInAsyncScope(function(...args) {
  return [this, args, als.getStore(), executionAsyncId() === resource.asyncId(), triggerAsyncId() === resource.triggerAsyncId(), executionAsyncResource() === resource];
}, { self: 1 }, 'a', 'b'), executionAsyncId(), resource.emitDestroy() === resource);
const inScope = resource.bind(function named(a, b) { return [typeof this, a, b, als.getStore()]; });
console.log(inScope.length, inScope(1), resource.bind(function() { return this.x; }, { x: 'this' })(), AsyncResource.bind((a) => a)('static'));
attempt(() => new AsyncResource());
attempt(() => new AsyncResource('a', -2));
attempt(() => new AsyncResource('a', { triggerAsyncId: 'x' }));
attempt(() => new AsyncResource('a', 77).triggerAsyncId());
attempt(() => resource.bind(1));
attempt(() => resource.runInAsyncScope(() => { throw new TypeError('inside'); }));
console.log(executionAsyncId());
for (const name of ['init', 'before', 'after', 'destroy', 'promiseResolve']) attempt(() => createHook({ [name]: 1 }));

other.run('promise', () => {
  Promise.resolve(1).then((v) => console.log('then', v, other.getStore())).finally(() => console.log('finally', other.getStore()));
  Promise.reject(2).catch((v) => console.log('catch', v, other.getStore()));
  new Promise((resolve) => resolve(3)).then((v) => console.log('executor', v, other.getStore()));
});
Promise.resolve().then(() => console.log('outside', other.getStore()));
