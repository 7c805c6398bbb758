'use strict';

// The two queues: `nextTick` is the runtime's, microtasks are the engine's own jobs.

const { validateFunction } = require('internal/validators');
const { capture } = require('internal/async_context');
const schedule = internalBinding('schedule');

const { apply } = Reflect;
const then = Promise.prototype.then;
const resolved = Promise.resolve();

function nextTick(callback, ...args) {
  validateFunction(callback, 'callback');
  if (globalThis.process?._exiting) return;
  if (args.length === 0) schedule.nextTick(capture(() => callback()));
  else schedule.nextTick(capture(() => callback(...args)));
}

function queueMicrotask(callback) {
  validateFunction(callback, 'callback');
  const run = capture(callback);
  apply(then, resolved, [() => {
    try {
      run.call(undefined);
    } catch (error) {
      require('internal/process/uncaught').triggerUncaughtException(error, false);
    }
  }]);
}

module.exports = { nextTick, queueMicrotask };
