'use strict';

// Event, CustomEvent and EventTarget of the DOM standard, without a tree: a target is its event's whole path.

const { codes, captureStack } = require('internal/errors');
const { validateAbortSignal, validateObject, kValidateObjectAllowObjects } = require('internal/validators');
const { kMaxEventTargetListeners, kMaxEventTargetListenersWarned } = require('events');

const kInspect = Symbol.for('nodejs.util.inspect.custom');
const kIsEventTarget = Symbol.for('nodejs.event_target');
/** A listener's option: it is called even after `stopImmediatePropagation`. */
const kResistStopPropagation = Symbol('kResistStopPropagation');

const inspect = (value, options) => require('internal/util/inspect').inspect(value, options);

let now = () => {
  ({ now } = require('internal/clock'));
  return now();
};

// What the classes of this file let each other see of an event's private state.
let beginDispatch;
let endDispatch;
let isDispatching;
let isStopped;
let trust;

class Event {
  #type;
  #bubbles = false;
  #cancelable = false;
  #composed = false;
  #timeStamp = now();
  #target = null;
  #defaultPrevented = false;
  #stopped = false;
  #propagationStopped = false;
  #dispatching = false;
  #trusted = false;

  static {
    beginDispatch = (event, target) => {
      event.#target = target;
      event.#dispatching = true;
    };
    endDispatch = (event) => { event.#dispatching = false; };
    isDispatching = (event) => event.#dispatching;
    isStopped = (event) => event.#stopped;
    trust = (event) => {
      event.#trusted = true;
      return event;
    };
  }

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    if (options != null) {
      validateObject(options, 'options');
      this.#bubbles = !!options.bubbles;
      this.#cancelable = !!options.cancelable;
      this.#composed = !!options.composed;
    }
    this.#type = `${type}`;
  }

  static #check(event) {
    if (typeof event !== 'object' || event === null || !(#type in event)) throw new codes.ERR_INVALID_THIS('Event');
  }

  initEvent(type, bubbles = false, cancelable = false) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    Event.#check(this);
    if (this.#dispatching) return;
    this.#type = `${type}`;
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
  }

  stopImmediatePropagation() {
    Event.#check(this);
    // The listeners of one target are all the propagation that there is.
    this.#stopped = true;
    this.#propagationStopped = true;
  }

  preventDefault() {
    Event.#check(this);
    this.#defaultPrevented = true;
  }

  get target() {
    Event.#check(this);
    return this.#target;
  }

  get currentTarget() {
    Event.#check(this);
    return this.#dispatching ? this.#target : null;
  }

  get srcElement() {
    Event.#check(this);
    return this.#target;
  }

  get type() {
    Event.#check(this);
    return this.#type;
  }

  get cancelable() {
    Event.#check(this);
    return this.#cancelable;
  }

  get defaultPrevented() {
    Event.#check(this);
    return this.#cancelable && this.#defaultPrevented;
  }

  get timeStamp() {
    Event.#check(this);
    return this.#timeStamp;
  }

  composedPath() {
    Event.#check(this);
    return this.#dispatching ? [this.#target] : [];
  }

  get returnValue() {
    Event.#check(this);
    return !this.#cancelable || !this.#defaultPrevented;
  }

  get bubbles() {
    Event.#check(this);
    return this.#bubbles;
  }

  get composed() {
    Event.#check(this);
    return this.#composed;
  }

  get eventPhase() {
    Event.#check(this);
    return this.#dispatching ? Event.AT_TARGET : Event.NONE;
  }

  get cancelBubble() {
    Event.#check(this);
    return this.#propagationStopped;
  }

  set cancelBubble(value) {
    Event.#check(this);
    if (value) this.#propagationStopped = true;
  }

  stopPropagation() {
    Event.#check(this);
    this.#propagationStopped = true;
  }

  get isTrusted() {
    Event.#check(this);
    return this.#trusted;
  }

  [kInspect](depth, options) {
    Event.#check(this);
    const { name } = this.constructor;
    if (depth < 0) return name;
    const shown = {
      type: this.#type,
      defaultPrevented: this.defaultPrevented,
      cancelable: this.#cancelable,
      timeStamp: this.#timeStamp,
    };
    return `${name} ${inspect(shown, { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth })}`;
  }

  static NONE = 0;
  static CAPTURING_PHASE = 1;
  static AT_TARGET = 2;
  static BUBBLING_PHASE = 3;
}

/** Class members are hidden by default; a Web interface shows its own, under its name. */
function exposeMembers(Class, hidden = []) {
  for (const key of Object.getOwnPropertyNames(Class.prototype)) {
    if (key !== 'constructor' && !hidden.includes(key)) {
      Object.defineProperty(Class.prototype, key, { enumerable: true });
    }
  }
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
}
exposeMembers(Event);
Object.defineProperty(Event.prototype, 'isTrusted', { configurable: false });

class CustomEvent extends Event {
  #detail;

  constructor(type, options = undefined) {
    if (arguments.length === 0) throw new codes.ERR_MISSING_ARGS('type');
    super(type, options);
    this.#detail = options?.detail ?? null;
  }

  get detail() {
    if (typeof this !== 'object' || this === null || !(#detail in this)) throw new codes.ERR_INVALID_THIS('CustomEvent');
    return this.#detail;
  }
}
exposeMembers(CustomEvent);

/** The listeners of one event type: a list with a live order, in which a removed entry knows where to go on. */
class ListenerList {
  head = undefined;
  tail = undefined;
  size = 0;

  find(callback, capture) {
    let entry = this.head;
    while (entry !== undefined && !(entry.callback === callback && entry.capture === capture)) entry = entry.next;
    return entry;
  }

  append(entry) {
    entry.previous = this.tail;
    if (this.tail === undefined) this.head = entry;
    else this.tail.next = entry;
    this.tail = entry;
    this.size++;
  }

  remove(entry) {
    if (entry.removed) return;
    entry.removed = true;
    if (entry.previous === undefined) this.head = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.tail = entry.previous;
    else entry.next.previous = entry.previous;
    this.size--;
  }
}

let listenersOf;
let dispatchTrusted;

class EventTarget {
  static [kIsEventTarget] = true;

  #lists = new Map();

  static {
    listenersOf = (target, type) => {
      const callbacks = [];
      for (let entry = target.#lists.get(type)?.head; entry !== undefined; entry = entry.next) {
        callbacks.push(entry.callback);
      }
      return callbacks;
    };
    dispatchTrusted = (target, event) => target.#dispatch(trust(event));
  }

  constructor() {
    this[kMaxEventTargetListeners] = require('events').defaultMaxListeners;
    this[kMaxEventTargetListenersWarned] = false;
  }

  static #check(target) {
    if (typeof target !== 'object' || target === null || !(#lists in target)) {
      throw new codes.ERR_INVALID_THIS('EventTarget');
    }
  }

  addEventListener(type, listener, options = {}) {
    EventTarget.#check(this);
    if (arguments.length < 2) throw new codes.ERR_MISSING_ARGS('type', 'listener');
    const { once, capture, passive, signal, resists } = readOptions(options);
    if (!isListener(listener)) {
      warnOfUselessListener(this, type, listener);
      return;
    }
    type = eventType(type);
    if (signal !== undefined) {
      if (signal.aborted) return;
      signal.addEventListener('abort', () => this.removeEventListener(type, listener, options),
        { once: true, [kResistStopPropagation]: true });
    }
    let list = this.#lists.get(type);
    if (list === undefined) this.#lists.set(type, list = new ListenerList());
    else if (list.find(listener, capture) !== undefined) return;
    list.append({ callback: listener, once, capture: !!capture, passive, resists, removed: false, previous: undefined, next: undefined });
    const max = this[kMaxEventTargetListeners];
    if (max > 0 && list.size > max && !this[kMaxEventTargetListenersWarned]) {
      this[kMaxEventTargetListenersWarned] = true;
      warnOfLeak(this, type, list.size, max);
    }
  }

  removeEventListener(type, listener, options = {}) {
    EventTarget.#check(this);
    if (arguments.length < 2) throw new codes.ERR_MISSING_ARGS('type', 'listener');
    if (!isListener(listener)) return;
    type = eventType(type);
    // As in Node, `true` in the place of the options does not mean `{ capture: true }` here.
    const capture = options?.capture === true;
    const list = this.#lists.get(type);
    const entry = list?.find(listener, capture);
    if (entry === undefined) return;
    this.#remove(type, list, entry);
  }

  dispatchEvent(event) {
    EventTarget.#check(this);
    if (arguments.length < 1) throw new codes.ERR_MISSING_ARGS('event');
    if (!(event instanceof Event)) throw new codes.ERR_INVALID_ARG_TYPE('event', 'Event', event);
    if (isDispatching(event)) throw new codes.ERR_EVENT_RECURSION(event.type);
    this.#dispatch(event);
    return event.defaultPrevented !== true;
  }

  #remove(type, list, entry) {
    list.remove(entry);
    if (list.size === 0 && this.#lists.get(type) === list) this.#lists.delete(type);
  }

  /** Calls the listeners in order; one that an earlier listener added is reached, if that was not the last. */
  #dispatch(event) {
    const { type } = event;
    const list = this.#lists.get(type);
    beginDispatch(event, this);
    let next;
    for (let entry = list?.head; entry !== undefined; entry = next) {
      next = entry.next;
      if (entry.removed || (isStopped(event) && !entry.resists)) continue;
      if (entry.once) this.#remove(type, list, entry);
      try {
        const { callback } = entry;
        const result = typeof callback === 'function' ? callback.call(this, event) : handleEvent(callback, event);
        // As in Node, the event counts as dispatched once its first listener returned.
        endDispatch(event);
        if (result != null) catchRejection(result);
      } catch (error) {
        reportError(error);
      }
    }
    endDispatch(event);
  }

  [kInspect](depth, options) {
    EventTarget.#check(this);
    const { name } = this.constructor;
    if (depth < 0) return name;
    return `${name} ${inspect({}, { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth })}`;
  }
}
exposeMembers(EventTarget);

function readOptions(options) {
  if (typeof options === 'boolean') return { once: false, capture: options, passive: false, signal: undefined, resists: false };
  // As in Node, where there are no options the listener is added even if it is there already.
  if (options === null) return { once: false, capture: undefined, passive: false, signal: undefined, resists: false };
  validateObject(options, 'options', kValidateObjectAllowObjects);
  validateAbortSignal(options.signal, 'options.signal');
  return {
    once: !!options.once,
    capture: !!options.capture,
    passive: !!options.passive,
    signal: options.signal,
    resists: !!options[kResistStopPropagation],
  };
}

function isListener(listener) {
  if (typeof listener === 'function' || (typeof listener === 'object' && listener !== null)) return true;
  if (listener == null) return false;
  throw new codes.ERR_INVALID_ARG_TYPE('listener', 'EventListener', listener);
}

function eventType(type) {
  if (typeof type === 'symbol') throw new codes.ERR_INVALID_ARG_VALUE('value', type);
  return `${type}`;
}

function warn(name, message, details) {
  const warning = new Error(message);
  warning.name = name;
  Object.assign(warning, details);
  captureStack(warning, warn);
  process.emitWarning(warning);
}

function warnOfUselessListener(target, type, listener) {
  warn('AddEventListenerArgumentTypeWarning', `addEventListener called with ${listener} which has no effect.`,
    { target, type });
}

function warnOfLeak(target, type, count, max) {
  warn('MaxListenersExceededWarning', `Possible EventTarget memory leak detected. ${count} ${type} listeners added to ` +
    `${inspect(target, { depth: -1 })}. MaxListeners is ${max}. Use events.setMaxListeners() to increase limit`,
  { target, type, count });
}

/** Calls a listener that is an object. As in Node its failure is a rejection, and so reported a little later. */
async function handleEvent(listener, event) {
  if (listener.handleEvent) await listener.handleEvent(event);
}

/** A listener's failure is the process's: it neither stops other listeners nor reaches who dispatched. */
function reportError(error) {
  process.nextTick(() => { throw error; });
}

function catchRejection(promise) {
  const { then } = promise;
  if (typeof then === 'function') then.call(promise, undefined, reportError);
}

/** Gives a prototype an `onNAME` property; its function is one listener, in the place where it was first set. */
function defineEventHandler(prototype, name) {
  const handlers = new WeakMap();
  Object.defineProperty(prototype, `on${name}`, {
    get() { return handlers.get(this)?.handler ?? null; },
    set(value) {
      let slot = handlers.get(this);
      if (slot === undefined) {
        slot = { handler: value };
        handlers.set(this, slot);
        this.addEventListener(name, function(event) {
          return typeof slot.handler === 'function' ? slot.handler.call(this, event) : undefined;
        });
      } else {
        slot.handler = value;
      }
    },
    configurable: true,
    enumerable: true,
  });
}

module.exports = {
  CustomEvent,
  Event,
  EventTarget,
  defineEventHandler,
  dispatchTrusted,
  exposeMembers,
  kResistStopPropagation,
  listenersOf,
};
