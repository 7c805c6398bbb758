'use strict';

// How requests reach the native side, which takes a callback for an asynchronous request and none for a synchronous one, and
// says of a failure `{ errno, code, syscall, path, dest }`. An operation of several requests is a generator that yields
// `[name, ...args]` for each and is resumed with the result: it is written once, and run synchronously, with a
// callback or to a promise. It may also yield a promise that it got from the user, unless it runs synchronously.

const { codes, notImplemented, setStack, stackHeader, uvException, uvExceptionFromLoop } = require('internal/errors');
const { capture } = require('internal/async_context');

const binding = internalBinding('fs');

function native(name) {
  const fn = binding[name];
  if (typeof fn !== 'function') throw notImplemented(`fs.${name}()`);
  return fn;
}

const isPromise = (value) => typeof value.then === 'function';

/** Operations throw errors of their own beside the native side's descriptions of failures. */
const isError = (failure) => failure instanceof Error;

function callSync(name, ...args) {
  const fn = native(name);
  try {
    return fn(...args);
  } catch (failure) {
    throw isError(failure) ? failure : uvException(failure);
  }
}

/** `callback(error)`, `callback(null)` or `callback(null, result)`. */
function callAsync(callback, name, ...args) {
  native(name)(...args, capture((failure, result) => {
    if (failure) callback(uvExceptionFromLoop(failure));
    else if (result === undefined) callback(null);
    else callback(null, result);
  }));
}

/** `callback`, with the result in another form. */
function mapped(callback, form) {
  return (error, result) => {
    if (error) callback(error);
    else callback(null, form(result));
  };
}

/** An error of a promise API's function: it tells the function, for there is no stack to tell it. */
function rejection(failure, caller) {
  if (isError(failure)) return failure;
  const error = uvException(failure);
  setStack(error, `${stackHeader(error)}\n    at async ${caller} (node:internal/fs/promises)`);
  return error;
}

const { then } = Promise.prototype;

/** Settles after as many microtasks as Node's does, where the native promise's rejection is turned into an error by a handler. */
function callPromise(caller, name, ...args) {
  const settled = new Promise((resolve, reject) => {
    native(name)(...args, capture((failure, result) => {
      if (failure) reject(failure);
      else resolve(result);
    }));
  });
  return Reflect.apply(then, settled, [undefined, (failure) => Promise.reject(rejection(failure, caller))]);
}

function runSync(operation) {
  try {
    let step = operation.next();
    while (!step.done) {
      if (isPromise(step.value)) throw new codes.ERR_INVALID_RETURN_VALUE('boolean', 'filter', step.value);
      const [name, ...args] = step.value;
      const fn = native(name);
      let result;
      let failure;
      try {
        result = fn(...args);
      } catch (thrown) {
        failure = thrown;
      }
      step = failure === undefined ? operation.next(result) : operation.throw(failure);
    }
    return step.value;
  } catch (failure) {
    throw isError(failure) ? failure : uvException(failure);
  }
}

/** Calls `settle(failure)` or `settle(undefined, value)` once, outside of every `try`: it may run the user's code. */
function drive(operation, settle) {
  const resume = (failure, result) => {
    let step;
    try {
      step = failure ? operation.throw(failure) : operation.next(result);
      if (!step.done) {
        if (isPromise(step.value)) {
          step.value.then((value) => resumeLater(undefined, value), resumeLater);
          return;
        }
        const [name, ...args] = step.value;
        native(name)(...args, resumeLater);
        return;
      }
    } catch (thrown) {
      settle(thrown);
      return;
    }
    settle(undefined, step.value);
  };
  const resumeLater = capture(resume);
  resume();
}

/**
 * `callback(error)`, `callback(null)` or `callback(null, value)`. An operation that comes to no request ends in a tick,
 * but one that was aborted before it began at once, as in Node.
 */
function runAsync(operation, callback) {
  let running = true;
  drive(operation, (failure, value) => {
    const args = failure !== undefined ? [isError(failure) ? failure : uvExceptionFromLoop(failure)] :
      value === undefined ? [null] : [null, value];
    if (running && failure?.code !== 'ABORT_ERR') process.nextTick(callback, ...args);
    else callback(...args);
  });
  running = false;
}

function runPromise(caller, operation) {
  return new Promise((resolve, reject) => {
    drive(operation, (failure, value) => {
      if (failure !== undefined) reject(rejection(failure, caller));
      else resolve(value);
    });
  });
}

module.exports = { callAsync, callPromise, callSync, mapped, runAsync, runPromise, runSync };
