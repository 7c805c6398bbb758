'use strict';

// EventEmitter and the functions around it. An emitter's state is in the properties that Node's has, so that it prints alike:
// `_events` maps a name to its one listener or to an array of them.

const { AbortError, codes, captureStack } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateFunction, validateNumber } = require('internal/validators');

const inspect = (value, options) => require('internal/util/inspect').inspect(value, options);

const kCapture = Symbol('kCapture');
const kErrorMonitor = Symbol('events.errorMonitor');
const kRejection = Symbol.for('nodejs.rejection');
const kShapeMode = Symbol('shapeMode');
/** Of an array of listeners: how many emits are walking it. While there are, it is not changed but replaced. */
const kWalks = Symbol('walks');
const kMaxEventTargetListeners = Symbol('events.maxEventTargetListeners');
const kMaxEventTargetListenersWarned = Symbol('events.maxEventTargetListenersWarned');

let defaultMaxListeners = 10;

function EventEmitter(opts) {
  EventEmitter.init.call(this, opts);
}

EventEmitter.prototype._events = undefined;
EventEmitter.prototype._eventsCount = 0;
EventEmitter.prototype._maxListeners = undefined;
Object.defineProperty(EventEmitter.prototype, kCapture, { value: false, writable: true, enumerable: false });

/** What the user gave, of a listener that may be wrapped for `once`. */
const unwrap = (listener) => listener.listener || listener;

const matches = (candidate, listener) => candidate === listener || candidate.listener === listener;

function checkListener(listener) {
  validateFunction(listener, 'listener');
}

const maxListeners = (emitter) => (emitter._maxListeners === undefined ? defaultMaxListeners : emitter._maxListeners);

EventEmitter.prototype.setMaxListeners = function setMaxListeners(n) {
  validateNumber(n, 'setMaxListeners', 0);
  this._maxListeners = n;
  return this;
};

EventEmitter.prototype.getMaxListeners = function getMaxListeners() {
  return maxListeners(this);
};

EventEmitter.prototype.emit = function emit(type, ...args) {
  const events = this._events;
  if (type === 'error' && !errorIsHandled(this, events, args)) return false;
  if (events === undefined) return false;
  const handler = events[type];
  if (handler === undefined) return false;
  if (typeof handler === 'function') {
    const result = handler.apply(this, args);
    if (result !== undefined && result !== null) captureRejection(this, result, type, args);
    return true;
  }
  // A listener that throws leaves its walk counted, which costs one copy at the next change.
  handler[kWalks]++;
  for (let i = 0; i < handler.length; i++) {
    const result = handler[i].apply(this, args);
    if (result !== undefined && result !== null) captureRejection(this, result, type, args);
  }
  handler[kWalks]--;
  return true;
};

function listenerArray(...listeners) {
  return Object.defineProperty(listeners, kWalks, { value: 0, writable: true });
}

/** The array of a name's listeners, to be changed: listeners that come or go do not count for an event under way. */
function changeable(events, type) {
  const list = events[type];
  if (list[kWalks] === 0) return list;
  const copy = events[type] = listenerArray(...list);
  if (list.warned) copy.warned = true;
  return copy;
}

/** Runs the monitors of 'error', and throws the error if nothing else listens. */
function errorIsHandled(emitter, events, args) {
  if (events !== undefined) {
    if (events[kErrorMonitor] !== undefined) emitter.emit(kErrorMonitor, ...args);
    if (events.error !== undefined) return true;
  }
  const [error] = args;
  if (error instanceof Error) throw error;
  let shown;
  try {
    shown = inspect(error);
  } catch {
    shown = error;
  }
  const unhandled = new codes.ERR_UNHANDLED_ERROR(shown);
  unhandled.context = error;
  throw unhandled;
}

/** Where rejections are captured, makes a failure of the promise that a listener returned an event. */
function captureRejection(emitter, promise, type, args) {
  if (!emitter[kCapture]) return;
  try {
    const { then } = promise;
    if (typeof then === 'function') {
      then.call(promise, undefined, (error) => {
        // Out of the promise's own machinery, where a throw would be one more rejection.
        process.nextTick(emitRejection, emitter, error, type, args);
      });
    }
  } catch (error) {
    emitter.emit('error', error);
  }
}

function emitRejection(emitter, error, type, args) {
  if (typeof emitter[kRejection] === 'function') {
    emitter[kRejection](error, type, ...args);
    return;
  }
  // An async 'error' listener that fails too must not come back here for ever.
  const captures = emitter[kCapture];
  try {
    emitter[kCapture] = false;
    emitter.emit('error', error);
  } finally {
    emitter[kCapture] = captures;
  }
}

function addListener(emitter, type, listener, prepend) {
  checkListener(listener);
  let events = emitter._events;
  if (events === undefined) {
    events = emitter._events = { __proto__: null };
    emitter._eventsCount = 0;
  } else if (events.newListener !== undefined) {
    emitter.emit('newListener', type, listener.listener ?? listener);
    events = emitter._events;
  }
  const existing = events[type];
  if (existing === undefined) {
    events[type] = listener;
    ++emitter._eventsCount;
    return emitter;
  }
  let list;
  if (typeof existing === 'function') {
    list = events[type] = prepend ? listenerArray(listener, existing) : listenerArray(existing, listener);
  } else {
    list = changeable(events, type);
    if (prepend) list.unshift(listener);
    else list.push(listener);
  }
  const max = maxListeners(emitter);
  if (max > 0 && list.length > max && !list.warned) {
    list.warned = true;
    warnOfLeak(emitter, type, list.length, max);
  }
  return emitter;
}

function warnOfLeak(emitter, type, count, max) {
  const warning = new Error(`Possible EventEmitter memory leak detected. ${count} ${String(type)} listeners ` +
    `added to ${inspect(emitter, { depth: -1 })}. MaxListeners is ${max}. ` +
    'Use emitter.setMaxListeners() to increase limit');
  warning.name = 'MaxListenersExceededWarning';
  warning.emitter = emitter;
  warning.type = type;
  warning.count = count;
  captureStack(warning, warnOfLeak);
  process.emitWarning(warning);
}

EventEmitter.prototype.addListener = function addListener_(type, listener) {
  return addListener(this, type, listener, false);
};
Object.defineProperty(EventEmitter.prototype.addListener, 'name', { value: 'addListener', configurable: true });

EventEmitter.prototype.on = EventEmitter.prototype.addListener;

EventEmitter.prototype.prependListener = function prependListener(type, listener) {
  return addListener(this, type, listener, true);
};

function onceWrapper(...args) {
  if (this.fired) return undefined;
  this.target.removeListener(this.type, this.wrapFn);
  this.fired = true;
  return this.listener.apply(this.target, args);
}

function wrapOnce(target, type, listener) {
  checkListener(listener);
  const state = { fired: false, wrapFn: undefined, target, type, listener };
  const wrapped = onceWrapper.bind(state);
  wrapped.listener = listener;
  state.wrapFn = wrapped;
  return wrapped;
}

EventEmitter.prototype.once = function once(type, listener) {
  return this.on(type, wrapOnce(this, type, listener));
};

EventEmitter.prototype.prependOnceListener = function prependOnceListener(type, listener) {
  return this.prependListener(type, wrapOnce(this, type, listener));
};

/** Forgets the last listener of a name. */
function removeName(emitter, events, type) {
  emitter._eventsCount -= 1;
  if (emitter[kShapeMode]) events[type] = undefined;
  else if (emitter._eventsCount === 0) emitter._events = { __proto__: null };
  else delete events[type];
}

EventEmitter.prototype.removeListener = function removeListener(type, listener) {
  checkListener(listener);
  const events = this._events;
  let list = events?.[type];
  if (list === undefined) return this;
  let removed = listener;
  if (typeof list === 'function') {
    if (!matches(list, listener)) return this;
    removed = unwrap(list);
    removeName(this, events, type);
  } else {
    let position = list.length - 1;
    while (position >= 0 && !matches(list[position], listener)) position--;
    if (position < 0) return this;
    if (list.length === 2) {
      events[type] = list[1 - position];
    } else {
      list = changeable(events, type);
      if (position === 0) list.shift();
      else list.splice(position, 1);
    }
  }
  if (events.removeListener !== undefined) this.emit('removeListener', type, removed);
  return this;
};

EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

EventEmitter.prototype.removeAllListeners = function removeAllListeners(type) {
  const events = this._events;
  if (events === undefined) return this;
  if (events.removeListener === undefined) {
    if (arguments.length === 0) {
      this._events = { __proto__: null };
      this._eventsCount = 0;
    } else if (events[type] !== undefined) {
      if (--this._eventsCount === 0) this._events = { __proto__: null };
      else delete events[type];
    }
    this[kShapeMode] = false;
    return this;
  }
  // Somebody wants to hear of each removal.
  if (arguments.length === 0) {
    for (const key of Reflect.ownKeys(events)) {
      if (key !== 'removeListener') this.removeAllListeners(key);
    }
    this.removeAllListeners('removeListener');
    this._events = { __proto__: null };
    this._eventsCount = 0;
    this[kShapeMode] = false;
    return this;
  }
  const list = events[type];
  if (typeof list === 'function') this.removeListener(type, list);
  else if (list !== undefined) {
    for (let i = list.length - 1; i >= 0; i--) {
      // What hears of a removal may have removed more.
      if (list[i] !== undefined) this.removeListener(type, list[i]);
    }
  }
  return this;
};

function listOf(emitter, type, shown) {
  const list = emitter._events?.[type];
  if (list === undefined) return [];
  return typeof list === 'function' ? [shown(list)] : list.map(shown);
}

EventEmitter.prototype.listeners = function listeners(type) {
  return listOf(this, type, unwrap);
};

EventEmitter.prototype.rawListeners = function rawListeners(type) {
  return listOf(this, type, (listener) => listener);
};

function listenerCount(type, listener) {
  const list = this._events?.[type];
  if (list === undefined) return 0;
  if (typeof list === 'function') return listener == null || matches(list, listener) ? 1 : 0;
  if (listener == null) return list.length;
  let count = 0;
  for (const candidate of list) {
    if (matches(candidate, listener)) count++;
  }
  return count;
}

EventEmitter.prototype.listenerCount = listenerCount;

EventEmitter.prototype.eventNames = function eventNames() {
  return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
};

/** A signal's listener that even `stopImmediatePropagation` does not silence. */
const abortOptions = () => ({ once: true, [require('internal/event_target').kResistStopPropagation]: true });

function addAbortListener(signal, listener) {
  if (signal === undefined) throw new codes.ERR_INVALID_ARG_TYPE('signal', 'AbortSignal', signal);
  validateAbortSignal(signal, 'signal');
  validateFunction(listener, 'listener');
  let remove;
  if (signal.aborted) {
    queueMicrotask(() => listener());
  } else {
    signal.addEventListener('abort', listener, abortOptions());
    remove = () => signal.removeEventListener('abort', listener);
  }
  return {
    __proto__: null,
    [Symbol.dispose ?? Symbol.for('nodejs.dispose')]() { remove?.(); },
  };
}

function isEventTarget(value) {
  return value?.constructor?.[Symbol.for('nodejs.event_target')] === true;
}

/** Adds a listener to an emitter or an event target; the listener of the latter takes the event. */
function listenTo(target, name, listener, once) {
  if (typeof target?.on === 'function') {
    if (once) target.once(name, listener);
    else target.on(name, listener);
  } else if (typeof target?.addEventListener === 'function') {
    const { kResistStopPropagation } = require('internal/event_target');
    target.addEventListener(name, listener, once ? { once: true, [kResistStopPropagation]: true } :
      { [kResistStopPropagation]: true });
  } else {
    throw new codes.ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', target);
  }
}

function stopListeningTo(target, name, listener) {
  if (typeof target.removeListener === 'function') target.removeListener(name, listener);
  else target.removeEventListener(name, listener);
}

async function once(emitter, name, options = {}) {
  const signal = options?.signal;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  return new Promise((resolve, reject) => {
    const watchesError = name !== 'error' && typeof emitter?.once === 'function';
    const cleanUp = () => {
      if (watchesError) emitter.removeListener('error', errorListener);
      if (signal != null) stopListeningTo(signal, 'abort', abortListener);
    };
    const resolver = (...args) => {
      cleanUp();
      resolve(args);
    };
    const errorListener = (error) => {
      emitter.removeListener(name, resolver);
      cleanUp();
      reject(error);
    };
    const abortListener = () => {
      stopListeningTo(emitter, name, resolver);
      cleanUp();
      reject(new AbortError(undefined, { cause: signal?.reason }));
    };
    listenTo(emitter, name, resolver, true);
    if (watchesError) emitter.once('error', errorListener);
    if (signal != null) signal.addEventListener('abort', abortListener, abortOptions());
  });
}

module.exports = EventEmitter;

EventEmitter.addAbortListener = addAbortListener;
EventEmitter.once = once;
EventEmitter.on = function on(emitter, event, options = {}) {
  return require('internal/events/iterator').on(emitter, event, options);
};

EventEmitter.getEventListeners = function getEventListeners(emitterOrTarget, type) {
  if (typeof emitterOrTarget?.listeners === 'function') return emitterOrTarget.listeners(type);
  if (isEventTarget(emitterOrTarget)) return require('internal/event_target').listenersOf(emitterOrTarget, type);
  throw new codes.ERR_INVALID_ARG_TYPE('emitter', ['EventEmitter', 'EventTarget'], emitterOrTarget);
};

EventEmitter.getMaxListeners = function getMaxListeners(emitterOrTarget) {
  if (typeof emitterOrTarget?.getMaxListeners === 'function') return maxListeners(emitterOrTarget);
  if (typeof emitterOrTarget?.[kMaxEventTargetListeners] === 'number') return emitterOrTarget[kMaxEventTargetListeners];
  throw new codes.ERR_INVALID_ARG_TYPE('emitter', ['EventEmitter', 'EventTarget'], emitterOrTarget);
};

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.usingDomains = false;
EventEmitter.captureRejectionSymbol = kRejection;

Object.defineProperties(EventEmitter, {
  captureRejections: {
    get() { return EventEmitter.prototype[kCapture]; },
    set(value) {
      validateBoolean(value, 'EventEmitter.captureRejections');
      EventEmitter.prototype[kCapture] = value;
    },
    enumerable: true,
  },
  EventEmitterAsyncResource: {
    get: function lazyEventEmitterAsyncResource() {
      return require('internal/events/async_resource').EventEmitterAsyncResource;
    },
    enumerable: true,
    configurable: true,
  },
});

EventEmitter.errorMonitor = kErrorMonitor;

Object.defineProperties(EventEmitter, {
  defaultMaxListeners: {
    get() { return defaultMaxListeners; },
    set(n) {
      validateNumber(n, 'defaultMaxListeners', 0);
      defaultMaxListeners = n;
    },
    enumerable: true,
  },
  kMaxEventTargetListeners: { value: kMaxEventTargetListeners },
  kMaxEventTargetListenersWarned: { value: kMaxEventTargetListenersWarned },
});

EventEmitter.setMaxListeners = function(n = defaultMaxListeners, ...eventTargets) {
  validateNumber(n, 'setMaxListeners', 0);
  if (eventTargets.length === 0) {
    defaultMaxListeners = n;
    return;
  }
  for (const target of eventTargets) {
    if (isEventTarget(target)) {
      target[kMaxEventTargetListeners] = n;
      target[kMaxEventTargetListenersWarned] = false;
    } else if (typeof target.setMaxListeners === 'function') {
      target.setMaxListeners(n);
    } else {
      throw new codes.ERR_INVALID_ARG_TYPE('eventTargets', ['EventEmitter', 'EventTarget'], target);
    }
  }
};

/** Sets an emitter up; an `_events` of its own is kept, and its properties are then cleared instead of deleted. */
EventEmitter.init = function(opts) {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = { __proto__: null };
    this._eventsCount = 0;
    this[kShapeMode] = false;
  } else {
    this[kShapeMode] = true;
  }
  this._maxListeners = this._maxListeners || undefined;
  if (opts?.captureRejections) {
    validateBoolean(opts.captureRejections, 'options.captureRejections');
    this[kCapture] = opts.captureRejections;
  } else {
    this[kCapture] = EventEmitter.prototype[kCapture];
  }
};

EventEmitter.listenerCount = function(emitter, type) {
  if (typeof emitter.listenerCount === 'function') return emitter.listenerCount(type);
  return listenerCount.call(emitter, type);
};
