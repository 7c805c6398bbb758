'use strict';

// Directory handles. The entries are read in one request when the directory is opened, and given out one by one.

const { codes } = require('internal/errors');
const { validateFunction, validateUint32 } = require('internal/validators');
const { runAsync, runPromise, runSync } = require('internal/fs/request');
const { Dirent } = require('internal/fs/stats');
const { encodeName, parseOptions, parsePath } = require('internal/fs/arguments');

/** Only this file makes directory handles. */
const kCreate = Symbol('kCreate');

class Dir {
  #path;
  #entries;
  #next = 0;
  #closed = false;

  constructor(key, path, entries) {
    if (key !== kCreate) throw new codes.ERR_MISSING_ARGS('handle');
    this.#path = path;
    this.#entries = entries;
  }

  get path() {
    return this.#path;
  }

  #checkOpen() {
    if (this.#closed) throw new codes.ERR_DIR_CLOSED();
  }

  #take() {
    return this.#next < this.#entries.length ? this.#entries[this.#next++] : null;
  }

  read(callback) {
    this.#checkOpen();
    if (callback === undefined) return Promise.resolve(this.#take());
    validateFunction(callback, 'callback');
    process.nextTick(callback, null, this.#take());
    return undefined;
  }

  readSync() {
    this.#checkOpen();
    return this.#take();
  }

  close(callback) {
    if (callback === undefined) {
      if (this.#closed) return Promise.reject(new codes.ERR_DIR_CLOSED());
      this.#closed = true;
      return Promise.resolve();
    }
    validateFunction(callback, 'callback');
    if (this.#closed) {
      process.nextTick(callback, new codes.ERR_DIR_CLOSED());
      return undefined;
    }
    this.#closed = true;
    process.nextTick(callback, null);
    return undefined;
  }

  closeSync() {
    this.#checkOpen();
    this.#closed = true;
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
}

function parse(path, options) {
  path = parsePath(path);
  options = parseOptions(options, { encoding: 'utf8' });
  if (options.bufferSize !== undefined) validateUint32(options.bufferSize, 'options.bufferSize', true);
  return { path, options };
}

function* openDirectory({ path, options }) {
  let listing;
  try {
    listing = yield ['readdir', path];
  } catch (failure) {
    throw failure instanceof Error ? failure : { ...failure, syscall: 'opendir' };
  }
  const [names, types] = listing;
  return new Dir(kCreate, path, names.map((name, i) => new Dirent(encodeName(name, options.encoding), types[i], path)));
}

function opendir(path, options, callback) {
  callback = typeof options === 'function' ? options : callback;
  validateFunction(callback, 'callback');
  runAsync(openDirectory(parse(path, options)), callback);
}

function opendirSync(path, options) {
  return runSync(openDirectory(parse(path, options)));
}

async function opendirPromise(path, options) {
  return runPromise('opendir', openDirectory(parse(path, options)));
}

module.exports = { Dir, opendir, opendirPromise, opendirSync };
