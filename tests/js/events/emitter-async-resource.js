const { EventEmitterAsyncResource } = require('events');
const { AsyncLocalStorage, AsyncResource, executionAsyncId } = require('async_hooks');
const storage = new AsyncLocalStorage();
class Mine extends EventEmitterAsyncResource {}
const emitter = storage.run('made here', () => new EventEmitterAsyncResource({ name: 'Query' }));
emitter.on('x', (value) => console.log(value, storage.getStore(), executionAsyncId() === emitter.asyncId));
storage.run('emitted here', () => emitter.emit('x', 7));
console.log(emitter.asyncResource.eventEmitter === emitter, emitter.asyncResource instanceof AsyncResource, typeof emitter.triggerAsyncId);
console.log(emitter.emitDestroy(), new Mine().asyncResource.constructor.name, new Mine('named') instanceof EventEmitterAsyncResource);
for (const fn of [() => new EventEmitterAsyncResource(), () => new EventEmitterAsyncResource({ name: 5 })]) {
  try { fn(); console.log('fine'); } catch (e) { console.log(e.name, e.code, e.message); }
}
