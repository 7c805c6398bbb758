'use strict';

// The first script of all: makes `require` for the core modules, the global object and `process`, hands the runtime its
// hooks, and runs the main program.

const bindings = new Map();

function internalBinding(name) {
  let binding = bindings.get(name);
  if (binding === undefined) {
    binding = native.binding(name);
    bindings.set(name, binding);
  }
  return binding;
}

const cache = new Map();

function requireBuiltin(id) {
  let module = cache.get(id);
  if (module === undefined) {
    module = { id, exports: {}, loaded: false };
    cache.set(id, module);
    try {
      native.compileBuiltin(id)(module.exports, requireBuiltin, module, internalBinding);
    } catch (error) {
      cache.delete(id);
      throw error;
    }
    module.loaded = true;
  }
  return module.exports;
}

requireBuiltin('internal/stack').install();
requireBuiltin('internal/promise_any').install();

const builtins = requireBuiltin('internal/builtins');
builtins.setup({ isBuiltin: native.isBuiltin, ids: native.builtinIds, requireBuiltin });

const process = requireBuiltin('internal/process/process').create(native.options);
const queues = requireBuiltin('internal/process/task_queues');
const uncaught = requireBuiltin('internal/process/uncaught');
const rejections = requireBuiltin('internal/process/rejections');
const timers = requireBuiltin('internal/timers');

process.nextTick = queues.nextTick;

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}

function defineEnumerable(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
}

function defineLazy(name, load, enumerable = false) {
  Object.defineProperty(globalThis, name, {
    get() {
      const value = load();
      Object.defineProperty(globalThis, name, { value, writable: true, enumerable, configurable: true });
      return value;
    },
    set(value) {
      Object.defineProperty(globalThis, name, { value, writable: true, enumerable, configurable: true });
    },
    enumerable,
    configurable: true,
  });
}

defineEnumerable('global', globalThis);
defineEnumerable('clearImmediate', timers.clearImmediate);
defineEnumerable('setImmediate', timers.setImmediate);
defineEnumerable('clearInterval', timers.clearInterval);
defineEnumerable('clearTimeout', timers.clearTimeout);
defineEnumerable('setInterval', timers.setInterval);
defineEnumerable('setTimeout', timers.setTimeout);
defineEnumerable('queueMicrotask', queues.queueMicrotask);
defineLazy('structuredClone', () => requireBuiltin('internal/structured_clone').structuredClone, true);
defineLazy('atob', () => requireBuiltin('buffer').atob, true);
defineLazy('btoa', () => requireBuiltin('buffer').btoa, true);
defineLazy('performance', () => requireBuiltin('perf_hooks').performance, true);
define('process', process);
defineLazy('console', () => requireBuiltin('console'));
defineLazy('Buffer', () => requireBuiltin('buffer').Buffer);
defineLazy('TextEncoder', () => requireBuiltin('internal/encoding').TextEncoder);
defineLazy('TextDecoder', () => requireBuiltin('internal/encoding').TextDecoder);
for (const name of ['Event', 'EventTarget', 'CustomEvent']) {
  defineLazy(name, () => requireBuiltin('internal/event_target')[name]);
}
for (const name of ['AbortController', 'AbortSignal']) {
  defineLazy(name, () => requireBuiltin('internal/abort_controller')[name]);
}
Object.defineProperty(globalThis, Symbol.toStringTag, { value: 'global', writable: false, enumerable: false, configurable: true });

rejections.setMode(native.options.unhandledRejections);
const main = requireBuiltin('internal/main');
internalBinding('schedule').setHooks({
  uncaughtException: uncaught.onUncaughtException,
  processRejections: rejections.processRejections,
  rejection: rejections.onRejection,
  beforeExit: main.beforeExit,
  exit: main.exit,
  modules: requireBuiltin('internal/modules/esm').functions,
});
main.run(native.options);
