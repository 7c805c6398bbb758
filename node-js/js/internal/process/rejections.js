'use strict';

// Promises that were rejected and not handled. A rejection is not an error yet when it happens: it is one if nobody
// has taken it when both queues are empty.

const schedule = internalBinding('schedule');

// promise -> { reason, id, reported }
const unhandled = new WeakMap();
// Rejected and not handled since the queues were last empty.
let pending = [];
// Reported, and handled only then.
let handledLate = [];
let lastId = 0;
let mode = 'throw';

function setMode(name) {
  mode = name;
}

/** The engine's word: a promise was rejected without a handler, or got its first one after that. */
function onRejection(promise, reason, handled) {
  if (!handled) {
    unhandled.set(promise, { reason, id: ++lastId, reported: false });
    pending.push(promise);
    schedule.setHasRejections(true);
    return;
  }
  const entry = unhandled.get(promise);
  if (entry === undefined) return;
  unhandled.delete(promise);
  if (entry.reported) {
    const warning = new Error(`Promise rejection was handled asynchronously (rejection id: ${entry.id})`);
    warning.name = 'PromiseRejectionHandledWarning';
    warning.id = entry.id;
    handledLate.push({ promise, warning });
    schedule.setHasRejections(true);
  } else if (handledLate.length === 0 && pending.length === 1 && pending[0] === promise) {
    pending = [];
    schedule.setHasRejections(false);
  }
}

/** Returns whether any script ran: then the queues may hold something again. */
function processRejections() {
  let ran = handledLate.length > 0;
  const late = handledLate;
  handledLate = [];
  for (const { promise, warning } of late) {
    if (!process.emit('rejectionHandled', promise)) process.emitWarning(warning);
  }
  // Those that a listener rejects meanwhile are for the next round; those behind a listener that throws are, as in Node,
  // not reported at all.
  const reported = pending;
  pending = [];
  try {
    for (const promise of reported) {
      const entry = unhandled.get(promise);
      if (entry === undefined) continue;
      entry.reported = true;
      ran = true;
      report(promise, entry);
    }
  } finally {
    schedule.setHasRejections(pending.length > 0 || handledLate.length > 0);
  }
  return ran || pending.length > 0;
}

function report(promise, entry) {
  const { reason } = entry;
  switch (mode) {
    case 'strict':
      raise(reason);
      if (!process.emit('unhandledRejection', reason, promise)) warn(entry);
      break;
    case 'warn':
      process.emit('unhandledRejection', reason, promise);
      warn(entry);
      break;
    case 'none':
      process.emit('unhandledRejection', reason, promise);
      break;
    case 'warn-with-error-code':
      if (!process.emit('unhandledRejection', reason, promise)) {
        warn(entry);
        process.exitCode = 1;
      }
      break;
    default:
      if (!process.emit('unhandledRejection', reason, promise)) raise(reason);
  }
}

function raise(reason) {
  const { UnhandledPromiseRejection } = require('internal/errors');
  const error = isError(reason) ? reason : new UnhandledPromiseRejection(textOf(reason));
  require('internal/process/uncaught').triggerUncaughtException(error, true);
}

/** A value as text, without running any of the script's code. */
function textOf(value) {
  try {
    return describe(value);
  } catch {
    return '#<Object>';
  }
}

function describe(value) {
  if (typeof value === 'function') return Function.prototype.toString.call(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const { toString, constructor } = value;
  if (toString === Object.prototype.toString && typeof constructor === 'function' && constructor.name) return `#<${constructor.name}>`;
  return Object.prototype.toString.call(value).replace(/^\[object .*\]$/s, (tag) => (toString === undefined || Object.hasOwn(value, 'toString') ? '[object Object]' : tag));
}

function isError(value) {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

function warn({ reason, id }) {
  const name = 'UnhandledPromiseRejectionWarning';
  try {
    if (isError(reason)) process.emitWarning(reason.stack, name);
    else process.emitWarning(textOf(reason), name);
  } catch {
    // What cannot be shown is not shown; the warning below tells of it.
  }
  const warning = new Error(
    'Unhandled promise rejection. This error originated either by throwing inside of an async function without a catch ' +
    'block, or by rejecting a promise which was not handled with .catch(). To terminate the node process on unhandled ' +
    'promise rejection, use the CLI flag `--unhandled-rejections=strict` (see ' +
    `https://nodejs.org/api/cli.html#cli_unhandled_rejections_mode). (rejection id: ${id})`);
  warning.name = name;
  process.emitWarning(warning);
}

module.exports = { setMode, onRejection, processRejections };
