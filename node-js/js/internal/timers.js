'use strict';

// Timeout and Immediate objects over the runtime's timers and immediates.

const { validateFunction } = require('internal/validators');
const { capture } = require('internal/async_context');
const schedule = internalBinding('schedule');

const TIMEOUT_MAX = 2 ** 31 - 1;

const kRefed = Symbol('refed');
const kAsyncId = Symbol('asyncId');
const kHandle = Symbol('handle');
const kFire = Symbol('fire');
const kArmed = Symbol('armed');
const kHasPrimitive = Symbol('kHasPrimitive');

let lastId = 1;

// Timers whose id was asked for: `clearTimeout` takes the id, too.
const byId = new Map();

function hidden(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
}

/** The runtime's id of a new timer: two numbers, and whether it repeats by itself. */
function start(after, repeats, refed, fire) {
  const handle = schedule.startTimer(after, repeats, refed, fire);
  handle.repeats = repeats;
  return handle;
}

class Timeout {
  constructor(callback, after, args, repeats, refed) {
    if (after === undefined) {
      after = 1;
    } else {
      after *= 1;
      if (!(after >= 1 && after <= TIMEOUT_MAX)) {
        if (after > TIMEOUT_MAX) {
          process.emitWarning(`${after} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`,
                              'TimeoutOverflowWarning');
        }
        after = 1;
      }
    }
    this._idleTimeout = after;
    this._idlePrev = null;
    this._idleNext = null;
    this._idleStart = null;
    this._onTimeout = callback;
    this._timerArgs = args;
    this._repeat = repeats ? after : null;
    this._destroyed = false;
    this[kRefed] = refed;
    this[kHasPrimitive] = false;
    this[kAsyncId] = ++lastId;
    hidden(this, kArmed, false);
    hidden(this, kFire, capture(() => fire(this)));
    hidden(this, kHandle, start(after, repeats, refed, this[kFire]));
    this._idleStart = Math.trunc(internalBinding('process').hrtime());
  }

  refresh() {
    if (this._onTimeout === null) return this;
    this[kArmed] = true;
    if (!schedule.refreshTimer(this[kHandle][0], this[kHandle][1])) {
      this._destroyed = false;
      this[kHandle] = start(this._idleTimeout, this._repeat !== null, this[kRefed], this[kFire]);
    }
    return this;
  }

  unref() {
    this[kRefed] = false;
    if (!this._destroyed) schedule.refTimer(this[kHandle][0], this[kHandle][1], false);
    return this;
  }

  ref() {
    this[kRefed] = true;
    if (!this._destroyed) schedule.refTimer(this[kHandle][0], this[kHandle][1], true);
    return this;
  }

  hasRef() {
    return this[kRefed];
  }

  close() {
    clearTimeout(this);
    return this;
  }

  [Symbol.toPrimitive]() {
    const id = this[kAsyncId];
    if (!this[kHasPrimitive]) {
      this[kHasPrimitive] = true;
      byId.set(id, this);
    }
    return id;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    return require('internal/util/inspect').inspect(this, { ...options, depth: 0, customInspect: false });
  }
}

function fire(timer) {
  const callback = timer._onTimeout;
  if (typeof callback !== 'function') {
    destroy(timer);
    return;
  }
  timer[kArmed] = false;
  try {
    const args = timer._timerArgs;
    if (args === undefined) timer._onTimeout();
    else timer._onTimeout(...args);
  } finally {
    if (timer._repeat === null && !timer[kArmed]) {
      // An interval that was told not to repeat. Any other has left its list by itself, and the list, though empty, counts
      // in the order until the phase comes by again.
      if (timer[kHandle].repeats) schedule.clearTimer(timer[kHandle][0], timer[kHandle][1]);
      destroy(timer);
    }
  }
}

function destroy(timer) {
  timer._destroyed = true;
  if (timer[kHasPrimitive]) byId.delete(timer[kAsyncId]);
}

function setTimeout(callback, after, arg1, arg2, arg3) {
  validateFunction(callback, 'callback');
  const args = arguments.length > 2 ? Array.prototype.slice.call(arguments, 2) : undefined;
  return new Timeout(callback, after, args, false, true);
}

function setInterval(callback, repeat, arg1, arg2, arg3) {
  validateFunction(callback, 'callback');
  const args = arguments.length > 2 ? Array.prototype.slice.call(arguments, 2) : undefined;
  return new Timeout(callback, repeat, args, true, true);
}

function clearTimeout(timer) {
  if (timer instanceof Timeout) {
    if (timer._onTimeout === null) return;
    timer._onTimeout = null;
    timer._idleTimeout = -1;
    schedule.clearTimer(timer[kHandle][0], timer[kHandle][1]);
    destroy(timer);
    return;
  }
  if (typeof timer === 'number' || typeof timer === 'string') {
    const known = byId.get(Number(timer));
    if (known !== undefined && String(known[kAsyncId]) === String(timer)) clearTimeout(known);
  }
}

function clearInterval(timer) {
  clearTimeout(timer);
}

class Immediate {
  constructor(callback, args) {
    this._idleNext = null;
    this._idlePrev = null;
    this._onImmediate = callback;
    this._argv = args;
    this._destroyed = false;
    this[kRefed] = true;
    this[kAsyncId] = ++lastId;
    hidden(this, kHandle, schedule.setImmediate(capture(() => fireImmediate(this))));
  }

  ref() {
    if (this[kRefed] === false) {
      this[kRefed] = true;
      schedule.refImmediate(this[kHandle], true);
    }
    return this;
  }

  unref() {
    if (this[kRefed] === true) {
      this[kRefed] = false;
      schedule.refImmediate(this[kHandle], false);
    }
    return this;
  }

  hasRef() {
    return !!this[kRefed];
  }
}

function fireImmediate(immediate) {
  immediate._destroyed = true;
  immediate[kRefed] = null;
  try {
    const args = immediate._argv;
    if (args === undefined) immediate._onImmediate();
    else immediate._onImmediate(...args);
  } finally {
    immediate._onImmediate = null;
  }
}

function setImmediate(callback, arg1, arg2, arg3) {
  validateFunction(callback, 'callback');
  const args = arguments.length > 1 ? Array.prototype.slice.call(arguments, 1) : undefined;
  return new Immediate(callback, args);
}

function clearImmediate(immediate) {
  if (!(immediate instanceof Immediate) || immediate._destroyed) return;
  immediate._destroyed = true;
  immediate[kRefed] = null;
  immediate._onImmediate = null;
  schedule.clearImmediate(immediate[kHandle]);
}

if (Symbol.dispose) {
  Timeout.prototype[Symbol.dispose] = function() { clearTimeout(this); };
  Immediate.prototype[Symbol.dispose] = function() { clearImmediate(this); };
}

const custom = Symbol.for('nodejs.util.promisify.custom');
Object.defineProperty(setTimeout, custom, { get: () => require('timers/promises').setTimeout, enumerable: true, configurable: true });
Object.defineProperty(setImmediate, custom, { get: () => require('timers/promises').setImmediate, enumerable: true, configurable: true });

module.exports = {
  setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, Timeout, Immediate,
  setUnrefTimeout: (callback, after) => new Timeout(callback, after, undefined, false, false),
};
