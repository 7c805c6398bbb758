'use strict';

// Errors that nobody caught.

const kGenericError = 1;
const kErrorInHandler = 7;

let captureCallback = null;

function isCapturing() {
  return captureCallback !== null;
}

function setCapture(callback) {
  const { codes } = require('internal/errors');
  if (callback === null) {
    captureCallback = null;
    return;
  }
  if (typeof callback !== 'function') throw new codes.ERR_INVALID_ARG_TYPE('fn', ['Function', 'null'], callback);
  if (captureCallback !== null) throw new codes.ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET();
  captureCallback = callback;
}

/**
 * Tells whoever wants to know. Returns true if somebody handled it; if nobody did, or a handler threw, the process ends
 * in here.
 */
function onUncaughtException(error, fromPromise) {
  const origin = fromPromise ? 'unhandledRejection' : 'uncaughtException';
  let handled;
  try {
    process.emit('uncaughtExceptionMonitor', error, origin);
    if (captureCallback !== null) {
      captureCallback(error);
      handled = true;
    } else {
      handled = process.emit('uncaughtException', error, origin);
    }
  } catch (second) {
    print(second);
    process.reallyExit(kErrorInHandler);
  }
  if (handled) return true;
  try {
    if (!process._exiting) {
      process._exiting = true;
      process.exitCode = kGenericError;
      process.emit('exit', kGenericError);
    }
  } catch {
    // It is the first error that is to be seen.
  }
  print(error);
  process.reallyExit(process.exitCode ?? kGenericError);
  return false;
}

/** For what is caught on the way but is nobody's: a throwing microtask, a rejection. */
function triggerUncaughtException(error, fromPromise) {
  if (onUncaughtException(error, fromPromise)) setImmediate(() => {});
}

/** As Node does: the place, the line of source, the error with its stack. */
function print(error) {
  let text;
  try {
    text = describe(error);
  } catch {
    text = 'Uncaught:\n[an error that cannot be shown]';
  }
  internalBinding('console').write(2, `${text}\n\nNode.js ${process.version}\n`);
}

const place = /(?:^|\(|at )((?:\/|file:|\[eval|\[stdin)[^()\n]*):(\d+):(\d+)\)?/m;

function describe(error) {
  const isObject = typeof error === 'object' && error !== null;
  const stack = isObject && typeof error.stack === 'string' ? error.stack : undefined;
  const { inspect } = require('internal/util/inspect');
  let shown;
  if (stack !== undefined) {
    shown = inspect(error, { colors: false });
  } else {
    shown = `Uncaught:\n${inspect(error)}\n(Use \`node --trace-uncaught ...\` to show where the exception was thrown)`;
  }
  const match = stack === undefined ? null : place.exec(stack);
  if (match === null) return shown;
  const [, file, line, column] = match;
  const source = require('internal/modules/sources').line(file, Number(line));
  if (source === undefined) return `${file}:${line}\n\n${shown}`;
  return `${file}:${line}\n${source}\n${' '.repeat(Math.max(0, Number(column) - 1))}^\n\n${shown}`;
}

module.exports = { isCapturing, setCapture, onUncaughtException, triggerUncaughtException, print };
