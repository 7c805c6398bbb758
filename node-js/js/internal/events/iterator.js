'use strict';

// `events.on`: the events of an emitter or event target as an async iterator.

const { AbortError, codes } = require('internal/errors');
const { validateAbortSignal, validateInteger } = require('internal/validators');

/** First in, first out, without moving what stays. */
class Queue {
  #items = [];
  #head = 0;

  get size() { return this.#items.length - this.#head; }

  push(item) { this.#items.push(item); }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

const AsyncIteratorPrototype =
  Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype));

class EventIterator {
  #emitter;
  #events = new Queue();
  #waiting = new Queue();
  #cleanups = [];
  #error = null;
  #finished = false;
  #paused = false;
  #low;
  #high;

  constructor(emitter, event, { signal, close, low, high }) {
    this.#emitter = emitter;
    this.#low = low;
    this.#high = high;
    const fail = (error) => this.#fail(error);
    this.#listen(event, (...args) => this.#take(args));
    if (event !== 'error' && typeof emitter.on === 'function') this.#listen('error', fail);
    if (close?.length) {
      for (const name of close) this.#listen(name, () => { this.#finish(); });
    }
    if (signal) {
      const aborted = () => fail(new AbortError(undefined, { cause: signal.reason }));
      const { kResistStopPropagation } = require('internal/event_target');
      signal.addEventListener('abort', aborted, { once: true, [kResistStopPropagation]: true });
      this.#cleanups.push(() => signal.removeEventListener('abort', aborted));
    }
  }

  #listen(name, listener) {
    const emitter = this.#emitter;
    if (typeof emitter.on === 'function') {
      emitter.on(name, listener);
      this.#cleanups.push(() => {
        if (typeof emitter.removeListener === 'function') emitter.removeListener(name, listener);
        else emitter.removeEventListener(name, listener);
      });
    } else if (typeof emitter.addEventListener === 'function') {
      emitter.addEventListener(name, listener);
      this.#cleanups.push(() => emitter.removeEventListener(name, listener));
    } else {
      throw new codes.ERR_INVALID_ARG_TYPE('emitter', 'EventEmitter', emitter);
    }
  }

  #take(value) {
    if (this.#waiting.size > 0) {
      this.#waiting.shift().resolve({ value, done: false });
      return;
    }
    this.#events.push(value);
    if (!this.#paused && this.#events.size > this.#high) {
      this.#paused = true;
      this.#emitter.pause();
    }
  }

  #fail(error) {
    if (this.#waiting.size > 0) this.#waiting.shift().reject(error);
    else this.#error = error;
    this.#finish();
  }

  #finish() {
    for (const cleanUp of this.#cleanups.splice(0)) cleanUp();
    this.#finished = true;
    const done = { value: undefined, done: true };
    while (this.#waiting.size > 0) this.#waiting.shift().resolve(done);
    return Promise.resolve(done);
  }

  /** Events that have come are given first, then an error, then the end. */
  next() {
    if (this.#events.size > 0) {
      const value = this.#events.shift();
      if (this.#paused && this.#events.size < this.#low) {
        this.#emitter.resume();
        this.#paused = false;
      }
      return Promise.resolve({ value, done: false });
    }
    if (this.#error) {
      const error = this.#error;
      this.#error = null;
      return Promise.reject(error);
    }
    if (this.#finished) return this.#finish();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return() {
    return this.#finish();
  }

  throw(error) {
    if (!error || !(error instanceof Error)) {
      throw new codes.ERR_INVALID_ARG_TYPE('EventEmitter.AsyncIterator', 'Error', error);
    }
    this.#fail(error);
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
Object.setPrototypeOf(EventIterator.prototype, AsyncIteratorPrototype);

function on(emitter, event, options) {
  const signal = options.signal;
  const close = options.close;
  validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
  const high = options.highWaterMark ?? options.highWatermark ?? Number.MAX_SAFE_INTEGER;
  validateInteger(high, 'options.highWaterMark', 1);
  const low = options.lowWaterMark ?? options.lowWatermark ?? 1;
  validateInteger(low, 'options.lowWaterMark', 1);
  return new EventIterator(emitter, event, { signal, close, low, high });
}

module.exports = { on };
