'use strict';

// `fs.watch` and `fs.watchFile`. The native side has the watches, by number, and calls back `(failure)` or with what has changed.

const EventEmitter = require('events');
const { AbortError, codes, uvException } = require('internal/errors');
const { validateAbortSignal, validateBoolean, validateFunction, validateObject, validateUint32 } = require('internal/validators');
const { capture } = require('internal/async_context');
const { encodeName, parseOptions, parsePath } = require('internal/fs/arguments');
const { statsOf } = require('internal/fs/stats');

const binding = internalBinding('fs');

/** An error of a watch, which has a property that no other has. */
function watchError(failure, filename) {
  const error = uvException(failure.code === 'ENOSPC' ?
    { ...failure, message: 'System limit for number of file watchers reached' } : failure);
  error.filename = filename;
  return error;
}

/** Starts a watch of the system's; `onChange(failure, eventType, name)`. */
function start(path, persistent, recursive, onChange) {
  try {
    return binding.watch(path, Boolean(persistent), Boolean(recursive), capture(onChange));
  } catch (failure) {
    throw failure instanceof Error ? failure : watchError(failure, path);
  }
}

class FSWatcher extends EventEmitter {
  #watch;

  constructor(path, options) {
    super();
    this.#watch = start(path, options.persistent, options.recursive, (failure, eventType, name) => {
      if (failure) {
        this.#end();
        this.emit('error', watchError(failure, failure.path));
      } else {
        this.emit('change', eventType, name === null ? null : encodeName(name, options.encoding));
      }
    });
  }

  #end() {
    const watch = this.#watch;
    this.#watch = undefined;
    if (watch !== undefined) binding.unwatch(watch);
    return watch !== undefined;
  }

  start() {}

  close() {
    if (this.#end()) process.nextTick(() => this.emit('close'));
  }

  ref() {
    if (this.#watch !== undefined) binding.watchRef(this.#watch, true);
    return this;
  }

  unref() {
    if (this.#watch !== undefined) binding.watchRef(this.#watch, false);
    return this;
  }
}

function watch(filename, options, listener) {
  if (typeof options === 'function') listener = options;
  const { persistent = true, recursive = false, encoding, signal } = parseOptions(options);
  const watcher = new FSWatcher(parsePath(filename), { persistent, recursive, encoding });
  if (listener) watcher.addListener('change', listener);
  if (signal) {
    const close = () => watcher.close();
    if (signal.aborted) {
      process.nextTick(close);
    } else {
      signal.addEventListener('abort', close);
      watcher.once('close', () => signal.removeEventListener('abort', close));
    }
  }
  return watcher;
}

/** `fs.promises.watch`: changes as an async iterator gives them, those that came meanwhile one after the other. */
async function* changes(filename, options = {}) {
  validateObject(options, 'options');
  const { persistent = true, recursive = false, encoding = 'utf8', signal } = options;
  const path = parsePath(filename);
  validateBoolean(persistent, 'options.persistent');
  validateBoolean(recursive, 'options.recursive');
  if (encoding && !require('buffer').Buffer.isEncoding(encoding)) {
    // With the value in the name's place, as Node has it.
    throw new codes.ERR_INVALID_ARG_VALUE(encoding, 'encoding', 'is invalid encoding');
  }
  validateAbortSignal(signal, 'options.signal');
  const aborted = () => new AbortError(undefined, { cause: signal.reason });
  if (signal?.aborted) throw aborted();
  const queue = [];
  let failure;
  let wake = () => {};
  const fail = (error) => {
    failure ??= error;
    wake();
  };
  const id = start(path, persistent, recursive, (failed, eventType, name) => {
    if (failed) {
      fail(watchError(failed, failed.path));
    } else {
      queue.push({ eventType, filename: name === null ? null : encodeName(name, encoding) });
      wake();
    }
  });
  const abort = () => fail(aborted());
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      while (failure === undefined && queue.length > 0) yield queue.shift();
      if (failure !== undefined) throw failure;
      await new Promise((resolve) => { wake = resolve; });
    }
  } finally {
    binding.unwatch(id);
    signal?.removeEventListener('abort', abort);
  }
}

/** How those who share a watcher count: `add` one, `clean` one away, or all. */
const kShare = Symbol('share');

class StatWatcher extends EventEmitter {
  #watch;
  /** How many of those who share it want the program to go on for it, and how many may. */
  #references = 1;
  #most = 1;

  constructor(path, { persistent, interval, bigint }) {
    super();
    validateUint32(interval, 'interval');
    this.#watch = binding.watchFile(path, interval, capture((current, previous) => {
      this.emit('change', statsOf(current, { bigint }), statsOf(previous, { bigint }));
    }));
    if (!persistent) this.unref();
  }

  start() {}

  stop() {
    if (this.#watch === undefined) return;
    process.nextTick(() => this.emit('stop'));
    binding.unwatch(this.#watch);
    this.#watch = undefined;
  }

  ref() {
    if (this.#watch !== undefined && this.#references < this.#most) {
      if (this.#references++ === 0) binding.watchRef(this.#watch, true);
    }
    return this;
  }

  unref() {
    if (this.#watch !== undefined && this.#references > 0) {
      if (--this.#references === 0) binding.watchRef(this.#watch, false);
    }
    return this;
  }

  [kShare](change) {
    if (change === 'add') {
      this.#references++;
      this.#most++;
    } else if (change === 'clean') {
      this.#most--;
      this.unref();
    } else {
      this.#most = 0;
      this.#references = 0;
      if (this.#watch !== undefined) binding.watchRef(this.#watch, false);
    }
  }
}

const statWatchers = new Map();

const absolute = (filename) => require('path').resolve(parsePath(filename));

function watchFile(filename, options, listener) {
  filename = absolute(filename);
  if (options === null || typeof options !== 'object') {
    listener = options;
    options = null;
  }
  validateFunction(listener, 'listener');
  let watcher = statWatchers.get(filename);
  if (watcher === undefined) {
    watcher = new StatWatcher(filename, { interval: 5007, persistent: true, ...options });
    statWatchers.set(filename, watcher);
  } else {
    watcher[kShare]('add');
  }
  watcher.addListener('change', listener);
  return watcher;
}

function unwatchFile(filename, listener) {
  filename = absolute(filename);
  const watcher = statWatchers.get(filename);
  if (watcher === undefined) return;
  if (typeof listener === 'function') {
    const before = watcher.listenerCount('change');
    watcher.removeListener('change', listener);
    if (watcher.listenerCount('change') < before) watcher[kShare]('clean');
  } else {
    watcher.removeAllListeners('change');
    watcher[kShare]('clean all');
  }
  if (watcher.listenerCount('change') === 0) {
    watcher.stop();
    statWatchers.delete(filename);
  }
}

module.exports = { changes, unwatchFile, watch, watchFile };
