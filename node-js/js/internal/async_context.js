'use strict';

// The asynchronous context: one frame, an immutable Map from each AsyncLocalStorage to its store, or `undefined`. Whatever
// queues a callback for later takes `current()` along and puts it back with `exchange` while the callback runs.

let frame;
let followsPromises = false;

/** The frame in which the running code was called. */
function current() {
  return frame;
}

/** Makes `next` the current frame and returns the one before. */
function exchange(next) {
  const previous = frame;
  frame = next;
  if (next !== undefined && !followsPromises) followPromises();
  return previous;
}

/** `callback`, to be called later in the frame of now. */
function capture(callback) {
  if (frame === undefined) return callback;
  const captured = frame;
  return function(...args) {
    const previous = exchange(captured);
    try {
      return callback.apply(this, args);
    } finally {
      exchange(previous);
    }
  };
}

/**
 * From the first frame on, lets `then` take the frame along, and with it `catch` and `finally`. The engine resumes an async
 * function without it, so the frame ends at an `await`.
 */
function followPromises() {
  followsPromises = true;
  const { then } = Promise.prototype;
  const following = {
    then(onFulfilled, onRejected) {
      if (frame === undefined) return then.call(this, onFulfilled, onRejected);
      return then.call(this, typeof onFulfilled === 'function' ? capture(onFulfilled) : onFulfilled,
        typeof onRejected === 'function' ? capture(onRejected) : onRejected);
    },
  };
  Object.defineProperty(Promise.prototype, 'then', { value: following.then, writable: true, configurable: true });
}

module.exports = { capture, current, exchange };
