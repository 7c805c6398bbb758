'use strict';

// The asynchronous context: one frame, an immutable Map from each AsyncLocalStorage to its store, or `undefined`. Whatever
// queues a callback for later takes `current()` along and puts it back with `exchange` while the callback runs.

let binding;
try {
  binding = internalBinding('async_context');
} catch {
  // The engine does not carry frames across promises: they are kept here.
  let kept;
  binding = { get: () => kept, set: (frame) => { kept = frame; } };
}

/** The frame in which the running code was called. */
function current() {
  return binding.get();
}

/** Makes `frame` the current one and returns the one before. */
function exchange(frame) {
  const previous = binding.get();
  if (previous !== frame) binding.set(frame);
  return previous;
}

/** `callback`, to be called later in the frame of now. */
function capture(callback) {
  const frame = binding.get();
  if (frame === undefined) return callback;
  return function(...args) {
    const previous = exchange(frame);
    try {
      return callback.apply(this, args);
    } finally {
      exchange(previous);
    }
  };
}

module.exports = { capture, current, exchange };
