'use strict';

// The process's clock as `performance.now()` shows it: milliseconds, with a fraction, since the process began.

let read;

/** Milliseconds since the process began. */
function now() {
  if (read === undefined) {
    const { hrtime } = internalBinding('process');
    read = hrtime;
  }
  return read();
}

module.exports = { now };
