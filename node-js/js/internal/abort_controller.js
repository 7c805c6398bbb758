'use strict';

const { DOMException, codes } = require('internal/errors');
const { validateAbortSignalArray, validateUint32 } = require('internal/validators');
const { Event, EventTarget, defineEventHandler, dispatchTrusted, exposeMembers } = require('internal/event_target');

const kInspect = Symbol.for('nodejs.util.inspect.custom');
/** Only this file constructs signals. */
const kCreate = Symbol('kCreate');

function show(object, fields, depth, options) {
  const { name } = object.constructor;
  const shown = { ...options, depth: Number.isInteger(options.depth) ? options.depth - 1 : options.depth };
  return `${name} ${require('internal/util/inspect').inspect(fields, shown)}`;
}

let abortSignal;

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason = undefined;
  /** Of a signal made by `any`: the plain signals that it follows. */
  #sources = undefined;
  #dependents = undefined;

  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
  }

  constructor() {
    if (arguments[0] !== kCreate) throw new codes.ERR_ILLEGAL_CONSTRUCTOR();
    super();
  }

  static #check(signal) {
    if (typeof signal !== 'object' || signal === null || !(#aborted in signal)) throw new codes.ERR_INVALID_THIS('AbortSignal');
  }

  get aborted() {
    AbortSignal.#check(this);
    return this.#aborted;
  }

  get reason() {
    AbortSignal.#check(this);
    return this.#reason;
  }

  throwIfAborted() {
    AbortSignal.#check(this);
    if (this.#aborted) throw this.#reason;
  }

  static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    const signal = new AbortSignal(kCreate);
    signal.#aborted = true;
    signal.#reason = reason;
    return signal;
  }

  static timeout(delay) {
    validateUint32(delay, 'delay', false);
    const signal = new AbortSignal(kCreate);
    const expire = () => signal.#abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    require('timers').setTimeout(expire, delay).unref();
    return signal;
  }

  static any(signals) {
    validateAbortSignalArray(signals, 'signals');
    const result = new AbortSignal(kCreate);
    const aborted = signals.find((signal) => signal.aborted);
    if (aborted !== undefined) {
      result.#aborted = true;
      result.#reason = aborted.reason;
      return result;
    }
    result.#sources = new Set();
    for (const signal of signals) {
      for (const source of signal.#sources ?? [signal]) result.#follow(source);
    }
    return result;
  }

  #follow(source) {
    if (this.#sources.has(source)) return;
    this.#sources.add(source);
    (source.#dependents ??= new Set()).add(this);
  }

  /** Runs this signal's listeners, then aborts each signal that follows it. */
  #abort(reason) {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    for (const source of this.#sources ?? []) source.#dependents?.delete(this);
    dispatchTrusted(this, new Event('abort'));
    const dependents = this.#dependents;
    this.#dependents = undefined;
    for (const dependent of dependents ?? []) dependent.#abort(reason);
  }

  [kInspect](depth, options) {
    return depth < 0 ? '[AbortSignal]' : show(this, { aborted: this.aborted }, depth, options);
  }
}
exposeMembers(AbortSignal, ['reason', 'throwIfAborted']);
defineEventHandler(AbortSignal.prototype, 'abort');

class AbortController {
  #signal = undefined;

  static #check(controller) {
    if (typeof controller !== 'object' || controller === null || !(#signal in controller)) {
      throw new codes.ERR_INVALID_THIS('AbortController');
    }
  }

  get signal() {
    AbortController.#check(this);
    return this.#signal ??= new AbortSignal(kCreate);
  }

  abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
    AbortController.#check(this);
    abortSignal(this.signal, reason);
  }

  [kInspect](depth, options) {
    return depth < 0 ? `${this.constructor.name} {}` : show(this, { signal: this.signal }, depth, options);
  }
}
exposeMembers(AbortController);

module.exports = { AbortController, AbortSignal };
