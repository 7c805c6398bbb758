'use strict';

// Directory handles. The entries are read `bufferSize` at a time and given out one by one.

const { codes } = require('internal/errors');
const { validateFunction, validateUint32 } = require('internal/validators');
const { runAsync, runPromise, runSync } = require('internal/fs/request');
const { Dirent, direntType } = require('internal/fs/stats');
const { encodeName, parseOptions, parsePath } = require('internal/fs/arguments');

/** Only this file makes directory handles. */
const kCreate = Symbol('kCreate');

class Dir {
  #path;
  #options;
  /** The open directory, and those below it that are to be read before it is read on: `{ handle, path }`. */
  #own;
  #below = [];
  #entries = [];
  /** What was asked for while a request is under way, which waits for it. */
  #waiting = null;
  #closed = false;

  constructor(key, path, handle, options) {
    if (key !== kCreate) throw new codes.ERR_MISSING_ARGS('handle');
    this.#path = path;
    this.#options = options;
    this.#own = { handle, path };
  }

  get path() {
    return this.#path;
  }

  read(callback) {
    this.#checkOpen();
    if (callback === undefined) return this.#promise('read', this.#next());
    validateFunction(callback, 'callback');
    if (this.#waiting) this.#waiting.push(() => this.read(callback));
    else runAsync(this.#alone(this.#next()), callback);
    return undefined;
  }

  readSync() {
    this.#checkOpen();
    this.#checkAlone();
    return runSync(this.#next());
  }

  close(callback) {
    if (callback === undefined) {
      if (this.#closed) return Promise.reject(new codes.ERR_DIR_CLOSED());
      return this.#promise('close', this.#end());
    }
    validateFunction(callback, 'callback');
    if (this.#closed) process.nextTick(callback, new codes.ERR_DIR_CLOSED());
    else if (this.#waiting) this.#waiting.push(() => this.close(callback));
    else runAsync(this.#alone(this.#end()), callback);
    return undefined;
  }

  closeSync() {
    this.#checkOpen();
    this.#checkAlone();
    runSync(this.#end());
  }

  async* entries() {
    try {
      for (;;) {
        const entry = await this.read();
        if (entry === null) break;
        yield entry;
      }
    } finally {
      await this.close();
    }
  }

  [Symbol.asyncIterator]() {
    return this.entries();
  }

  #checkOpen() {
    if (this.#closed) throw new codes.ERR_DIR_CLOSED();
  }

  #checkAlone() {
    if (this.#waiting) throw new codes.ERR_DIR_CONCURRENT_OPERATION();
  }

  #promise(caller, operation) {
    const begin = () => runPromise(caller, this.#alone(operation));
    return this.#waiting ? new Promise((resolve) => this.#waiting.push(() => resolve(begin()))) : begin();
  }

  * #alone(operation) {
    this.#waiting = [];
    try {
      return yield* operation;
    } finally {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (waiting.length > 0) process.nextTick(() => this.#begin(waiting));
    }
  }

  /** Each once the one before is done. */
  #begin(waiting) {
    while (waiting.length > 0) {
      if (this.#waiting) {
        this.#waiting.unshift(...waiting);
        return;
      }
      waiting.shift()();
    }
  }

  /** The next entry, or null. */
  * #next() {
    const { join } = require('path');
    this.#checkOpen();
    while (this.#entries.length === 0) {
      const from = this.#below[0] ?? this.#own;
      const [names, types] = yield ['dirRead', from.handle, this.#options.bufferSize];
      if (names.length > 0) {
        for (let i = 0; i < names.length; i++) {
          const type = types[i] === 0 ? direntType(yield ['lstat', join(from.path, names[i])]) : types[i];
          this.#entries.push(new Dirent(encodeName(names[i], this.#options.encoding), type, from.path));
        }
      } else if (from === this.#own) {
        return null;
      } else {
        this.#below.shift();
        yield ['dirClose', from.handle];
      }
    }
    const entry = this.#entries.shift();
    if (this.#options.recursive && entry.isDirectory()) {
      const path = join(entry.path, String(entry.name));
      this.#below.push({ handle: yield ['opendir', path], path });
    }
    return entry;
  }

  * #end() {
    this.#checkOpen();
    this.#closed = true;
    for (const { handle } of this.#below) yield ['dirClose', handle];
    yield ['dirClose', this.#own.handle];
  }
}

function parse(path, options) {
  path = parsePath(path);
  options = parseOptions(options, { encoding: 'utf8', bufferSize: 32 });
  if (options.bufferSize !== undefined) validateUint32(options.bufferSize, 'options.bufferSize', true);
  return { path, options };
}

function* openDirectory({ path, options }) {
  return new Dir(kCreate, path, yield ['opendir', path], options);
}

function opendir(path, options, callback) {
  callback = typeof options === 'function' ? options : callback;
  validateFunction(callback, 'callback');
  runAsync(openDirectory(parse(path, options)), callback);
}

function* openDirectorySync(parsed) {
  try {
    return yield* openDirectory(parsed);
  } catch (failure) {
    // Node does not say here which path it was.
    if (!(failure instanceof Error)) delete failure.path;
    throw failure;
  }
}

function opendirSync(path, options) {
  return runSync(openDirectorySync(parse(path, options)));
}

async function opendirPromise(path, options) {
  return runPromise('opendir', openDirectory(parse(path, options)));
}

module.exports = { Dir, opendir, opendirPromise, opendirSync };
