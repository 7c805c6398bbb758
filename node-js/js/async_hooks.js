'use strict';

// AsyncLocalStorage and AsyncResource. Identities of resources are known inside `AsyncResource.runInAsyncScope`; elsewhere there
// is one for the main script and none for callbacks, for the event loop does not number its callbacks.

const { codes, notImplemented } = require('internal/errors');
const { validateFunction, validateString } = require('internal/validators');
const { current, exchange } = require('internal/async_context');

const kAsyncId = Symbol('async_id_symbol');
const kTriggerAsyncId = Symbol('trigger_async_id_symbol');

let lastAsyncId = 1;
const MAIN_SCRIPT = { asyncId: 1, triggerAsyncId: 0, resource: {} };
let execution = MAIN_SCRIPT;

function executionAsyncId() {
  return execution.asyncId;
}

function triggerAsyncId() {
  return execution.triggerAsyncId;
}

function executionAsyncResource() {
  return execution.resource;
}

class AsyncResource {
  #frame = current();

  constructor(type, options = {}) {
    validateString(type, 'type');
    let trigger = executionAsyncId();
    if (typeof options === 'number') trigger = options;
    else if (options.triggerAsyncId !== undefined) trigger = options.triggerAsyncId;
    if (!Number.isSafeInteger(trigger) || trigger < -1) throw new codes.ERR_INVALID_ASYNC_ID('triggerAsyncId', trigger);
    this[kAsyncId] = ++lastAsyncId;
    this[kTriggerAsyncId] = trigger;
  }

  /** Calls `fn` in the asynchronous context in which the resource was made. */
  runInAsyncScope(fn, thisArg, ...args) {
    const outer = execution;
    const frame = exchange(this.#frame);
    execution = { asyncId: this[kAsyncId], triggerAsyncId: this[kTriggerAsyncId], resource: this };
    try {
      return Reflect.apply(fn, thisArg, args);
    } finally {
      execution = outer;
      exchange(frame);
    }
  }

  /** There are no hooks to tell. */
  emitDestroy() {
    return this;
  }

  asyncId() {
    return this[kAsyncId];
  }

  triggerAsyncId() {
    return this[kTriggerAsyncId];
  }

  bind(fn, thisArg) {
    validateFunction(fn, 'fn');
    const resource = this;
    const bound = thisArg === undefined ?
      function(...args) { return resource.runInAsyncScope(fn, this, ...args); } :
      this.runInAsyncScope.bind(this, fn, thisArg);
    Object.defineProperties(bound, {
      length: { value: fn.length, writable: false, enumerable: false, configurable: true },
      asyncResource: { get: () => resource, enumerable: true, configurable: true },
    });
    return bound;
  }

  static bind(fn, type, thisArg) {
    return new AsyncResource(type || fn.name || 'bound-anonymous-fn').bind(fn, thisArg);
  }
}

class AsyncLocalStorage {
  kResourceStore = Symbol('kResourceStore');
  enabled = false;

  static bind(fn) {
    return AsyncResource.bind(fn);
  }

  /** A function that calls another one in the context of now. */
  static snapshot() {
    return AsyncLocalStorage.bind((callback, ...args) => callback(...args));
  }

  #with(store) {
    this.enabled = true;
    return new Map(current()).set(this, store);
  }

  disable() {
    this.enabled = false;
    const frame = current();
    if (!frame?.has(this)) return;
    const rest = new Map(frame);
    rest.delete(this);
    exchange(rest.size > 0 ? rest : undefined);
  }

  enterWith(store) {
    exchange(this.#with(store));
  }

  run(store, callback, ...args) {
    // Nothing to change, nothing to put back.
    if (this.enabled && Object.is(store, this.getStore())) return Reflect.apply(callback, null, args);
    const previous = exchange(this.#with(store));
    try {
      return Reflect.apply(callback, null, args);
    } finally {
      exchange(previous);
    }
  }

  exit(callback, ...args) {
    if (!this.enabled) return Reflect.apply(callback, null, args);
    const frame = current();
    this.disable();
    try {
      return Reflect.apply(callback, null, args);
    } finally {
      this.enabled = true;
      exchange(frame);
    }
  }

  getStore() {
    return this.enabled ? current()?.get(this) : undefined;
  }
}

class AsyncHook {
  /** The engine and the event loop tell nobody of their resources. */
  enable() {
    throw notImplemented('async_hooks.AsyncHook.enable()');
  }

  disable() {
    return this;
  }
}

function createHook(callbacks) {
  for (const name of ['init', 'before', 'after', 'destroy', 'promiseResolve']) {
    if (callbacks[name] !== undefined && typeof callbacks[name] !== 'function') {
      throw new codes.ERR_ASYNC_CALLBACK(`hook.${name}`);
    }
  }
  return new AsyncHook();
}

module.exports = {
  AsyncLocalStorage,
  createHook,
  executionAsyncId,
  triggerAsyncId,
  executionAsyncResource,
  asyncWrapProviders: Object.freeze({ __proto__: null }),
  AsyncResource,
};
