'use strict';

// `fs.promises` and FileHandle.

const { AbortError, notImplemented } = require('internal/errors');
const { kValidateObjectAllowNullable, parseFileMode, validateBoolean, validateInteger, validateObject } = require('internal/validators');
const EventEmitter = require('events');
const { callPromise, runPromise } = require('internal/fs/request');
const { statFsOf, statsOf } = require('internal/fs/stats');
const constants = require('internal/fs/constants');
const operations = require('internal/fs/operations');
const {
  READ_BUFFER_SIZE, bytesOf, checkSymlinkType, checkViews, dataOf, encodeName, parseFlagSet, parseFlags,
  parseMkdir, parseOptions, parsePath, parseRead, parseRm, parseRmdir, parseTime, parseWrite, textBytes,
} = require('internal/fs/arguments');

const buffer = () => require('buffer').Buffer;

/** How much `readLines` reads at once. */
const LINES_CHUNK_SIZE = 64 * 1024;

/** An open file, closed once nobody uses it any more. */
class FileHandle extends EventEmitter {
  #fd;
  #users = 1;
  #closing = undefined;

  constructor(fd) {
    super();
    this.#fd = fd;
  }

  /** -1 once it is closed. */
  get fd() {
    return this.#fd;
  }

  getAsyncId() {
    return require('async_hooks').executionAsyncId();
  }

  /** Runs `use(fd)`; a `close` meanwhile waits for its end. */
  async #with(syscall, use) {
    if (this.#fd === -1) {
      const error = new Error('file closed');
      error.code = 'EBADF';
      error.syscall = syscall;
      throw error;
    }
    this.#users++;
    try {
      return await use(this.#fd);
    } finally {
      if (--this.#users === 0) this.#closing.release();
    }
  }

  appendFile(data, options) {
    return this.#writeWhole(data, options, 'a');
  }

  writeFile(data, options) {
    return this.#writeWhole(data, options, 'w');
  }

  #writeWhole(data, options, flag) {
    return this.#with('writeFile', async (fd) => {
      const parsed = parseWriteFile(options, flag);
      if (!isIterable(data)) {
        await runPromise('writeFile', operations.writeFile(fd, dataOf(data, parsed.encoding), parsed));
        return;
      }
      checkAborted(parsed.signal);
      for await (const chunk of data) {
        await runPromise('writeFile', operations.writeFile(fd, dataOf(chunk, parsed.encoding), parsed));
      }
    });
  }

  readFile(options) {
    return this.#with('readFile', async (fd) => {
      const parsed = parseOptions(options, { flag: 'r' });
      return runPromise('readFile', operations.readFile(fd, parsed));
    });
  }

  chmod(mode) {
    return this.#with('fchmod', async (fd) => callPromise('chmod', 'fchmod', fd, parseFileMode(mode, 'mode')));
  }

  chown(uid, gid) {
    return this.#with('fchown', async (fd) => {
      checkOwner(uid, gid);
      return callPromise('chown', 'fchown', fd, uid, gid);
    });
  }

  datasync() {
    return this.#with('fdatasync', (fd) => callPromise('datasync', 'fdatasync', fd));
  }

  sync() {
    return this.#with('fsync', (fd) => callPromise('sync', 'fsync', fd));
  }

  stat(options) {
    return this.#with('fstat', async (fd) => {
      return statsOf(await callPromise('stat', 'fstat', fd), options);
    });
  }

  truncate(len = 0) {
    return this.#with('ftruncate', async (fd) => {
      validateInteger(len, 'len');
      return callPromise('truncate', 'ftruncate', fd, Math.max(0, len));
    });
  }

  utimes(atime, mtime) {
    return this.#with('futimes', async (fd) =>
      callPromise('utimes', 'futimes', fd, parseTime(atime, 'atime'), parseTime(mtime, 'mtime')));
  }

  /** `read(buffer, offset, length, position)`, `read(buffer, options)` or `read(options)`. */
  read(target, offset, length, position) {
    return this.#with('read', async (fd) => {
      if (!ArrayBuffer.isView(target)) {
        if (target !== undefined) validateObject(target, 'options', kValidateObjectAllowNullable);
        ({ buffer: target = buffer().alloc(READ_BUFFER_SIZE), offset = 0, length = target.byteLength - offset,
          position = null } = target ?? {});
      } else if (offset !== null && typeof offset === 'object') {
        ({ offset = 0, length = target.byteLength - offset, position = null } = offset);
      }
      length ??= target?.byteLength - (offset ?? 0);
      const at = parseRead(target, offset, length, position);
      const bytesRead = at.length === 0 ? 0 :
        await callPromise('read', 'read', fd, bytesOf(target), at.offset, at.length, at.position);
      return { __proto__: null, bytesRead, buffer: target };
    });
  }

  /** `write(buffer, offset, length, position)`, `write(buffer, options)` or `write(string, position, encoding)`. */
  write(source, offset, length, position) {
    return this.#with('write', async (fd) => {
      let bytes;
      let at;
      if (source?.byteLength === 0) return { __proto__: null, bytesWritten: 0, buffer: source };
      if (ArrayBuffer.isView(source)) {
        at = parseWrite(source, offset, length, position);
        bytes = bytesOf(source);
      } else {
        if (typeof source !== 'string') dataOf(source, undefined, 'buffer');
        bytes = textBytes(source, length);
        at = { offset: 0, length: bytes.byteLength, position: typeof offset === 'number' ? offset : -1 };
      }
      const bytesWritten = await callPromise('write', 'write', fd, bytes, at.offset, at.length, at.position);
      return { __proto__: null, bytesWritten, buffer: source };
    });
  }

  readv(buffers, position) {
    return this.#with('read', async (fd) => {
      checkViews(buffers);
      const at = typeof position === 'number' ? position : -1;
      const bytesRead = await runPromise('readv', operations.transfer('read', fd, buffers, at));
      return { __proto__: null, bytesRead, buffers };
    });
  }

  writev(buffers, position) {
    return this.#with('write', async (fd) => {
      checkViews(buffers);
      const at = typeof position === 'number' ? position : -1;
      const bytesWritten = await runPromise('writev', operations.transfer('write', fd, buffers, at));
      return { __proto__: null, bytesWritten, buffers };
    });
  }

  /** Closes the file once nothing under way uses it. Until then each call has the same promise. */
  close = () => {
    if (this.#fd === -1 && this.#closing === undefined) return Promise.resolve();
    if (this.#closing !== undefined) return this.#closing.promise;
    const closing = this.#closing = { promise: undefined, release: undefined };
    closing.promise = new Promise((resolve, reject) => {
      closing.release = () => {
        const fd = this.#fd;
        this.#fd = -1;
        callPromise('close', 'close', fd).then(resolve, reject);
      };
    }).finally(() => { this.#closing = undefined; });
    if (--this.#users === 0) closing.release();
    this.emit('close');
    return closing.promise;
  };

  /** The lines as an async iterable, which closes the file at its end; readline's other members are not there. */
  readLines(options = undefined) {
    const { encoding, autoClose, start, end } = parseOptions(options, { encoding: 'utf8', autoClose: true });
    if (start !== undefined) validateInteger(start, 'start', 0);
    if (end !== undefined) validateInteger(end, 'end', 0);
    return linesOf(this, { encoding: encoding ?? 'utf8', autoClose, start, end });
  }

  readableWebStream() {
    throw notImplemented('FileHandle.readableWebStream()');
  }

  createReadStream() {
    throw notImplemented('FileHandle.createReadStream()');
  }

  createWriteStream() {
    throw notImplemented('FileHandle.createWriteStream()');
  }
}

if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(FileHandle.prototype, Symbol.asyncDispose, {
    value() { return this.close(); },
    writable: true,
    configurable: true,
  });
}

/** Reads on from the file's position, or from `start` to `end`, which is included. */
async function* linesOf(handle, { encoding, autoClose, start, end = Infinity }) {
  const { StringDecoder } = require('string_decoder');
  const decoder = new StringDecoder(encoding);
  let position = start ?? (end === Infinity ? null : 0);
  let rest = '';
  try {
    for (;;) {
      const length = Math.min(LINES_CHUNK_SIZE, position === null ? Infinity : end + 1 - position);
      const chunk = buffer().allocUnsafeSlow(length);
      const bytesRead = length > 0 ? (await handle.read(chunk, 0, length, position)).bytesRead : 0;
      if (position !== null) position += bytesRead;
      rest += bytesRead > 0 ? decoder.write(chunk.subarray(0, bytesRead)) : decoder.end();
      // A return at the end of what has been read may be half of a line's end.
      const held = bytesRead > 0 && rest.endsWith('\r') ? '\r' : '';
      const lines = rest.slice(0, rest.length - held.length).split(/\r\n|[\n\r\u2028\u2029]/);
      rest = lines.pop() + held;
      yield* lines;
      if (bytesRead === 0) break;
    }
    if (rest !== '') yield rest;
  } finally {
    if (autoClose) await handle.close();
  }
}

function checkOwner(uid, gid) {
  validateInteger(uid, 'uid', -1, 4294967295);
  validateInteger(gid, 'gid', -1, 4294967295);
}

function parseWriteFile(options, flag) {
  const parsed = parseOptions(options, { encoding: 'utf8', mode: 0o666, flag, flush: false });
  const flush = parsed.flush ?? false;
  validateBoolean(flush, 'options.flush');
  return { ...parsed, flag: parsed.flag || flag, mode: parseFileMode(parsed.mode, 'mode', 0o666), flush };
}

/** A sequence of chunks, come now or later, in the place of the data. */
function isIterable(data) {
  return typeof data === 'object' && data !== null && !ArrayBuffer.isView(data) &&
    (typeof data[Symbol.asyncIterator] === 'function' || typeof data[Symbol.iterator] === 'function');
}

async function access(path, mode) {
  return callPromise('access', 'access', parsePath(path), parseFlagSet(mode));
}

async function copyFile(src, dest, mode) {
  return callPromise('copyFile', 'copyFile', parsePath(src, 'src'), parsePath(dest, 'dest'), parseFlagSet(mode));
}

async function cp(src, dest, options) {
  const { copy, parseCp } = require('internal/fs/cp');
  options = parseCp(options);
  return runPromise('cp', copy(parsePath(src, 'src'), parsePath(dest, 'dest'), options));
}

async function open(path, flags, mode) {
  path = parsePath(path);
  flags = parseFlags(flags);
  mode = parseFileMode(mode, 'mode', 0o666);
  return new FileHandle(await callPromise('open', 'open', path, flags, mode));
}

function opendir(path, options) {
  return require('internal/fs/dir').opendirPromise(path, options);
}

async function rename(oldPath, newPath) {
  return callPromise('rename', 'rename', parsePath(oldPath, 'oldPath'), parsePath(newPath, 'newPath'));
}

async function truncate(path, len = 0) {
  path = parsePath(path);
  validateInteger(len, 'len');
  return runPromise('truncate', operations.truncate(path, Math.max(0, len)));
}

async function rm(path, options) {
  return runPromise('rm', operations.rm(parsePath(path), parseRm(options)));
}

async function rmdir(path, options) {
  path = parsePath(path);
  if (!parseRmdir(options).recursive) return callPromise('rmdir', 'rmdir', path);
  return runPromise('rmdir', operations.rmdirRecursive(path));
}

async function mkdir(path, options) {
  path = parsePath(path);
  const { mode, recursive } = parseMkdir(options);
  return recursive ? runPromise('mkdir', operations.mkdirRecursive(path, mode)) : callPromise('mkdir', 'mkdir', path, mode);
}

async function readdir(path, options) {
  options = parseOptions(options);
  return runPromise('readdir', operations.readdir(parsePath(path), options));
}

async function readlink(path, options) {
  options = parseOptions(options);
  return encodeName(await callPromise('readlink', 'readlink', parsePath(path, 'oldPath')), options.encoding);
}

async function symlink(target, path, type) {
  checkSymlinkType(type);
  return callPromise('symlink', 'symlink', parsePath(target, 'target'), parsePath(path));
}

async function lstat(path, options) {
  path = parsePath(path);
  return statsOf(await callPromise('lstat', 'lstat', path), options);
}

async function stat(path, options) {
  path = parsePath(path);
  return statsOf(await callPromise('stat', 'stat', path), options);
}

async function statfs(path, options) {
  return statFsOf(await callPromise('statfs', 'statfs', parsePath(path)), options);
}

async function link(existingPath, newPath) {
  return callPromise('link', 'link', parsePath(existingPath, 'existingPath'), parsePath(newPath, 'newPath'));
}

async function unlink(path) {
  return callPromise('unlink', 'unlink', parsePath(path));
}

async function chmod(path, mode) {
  return callPromise('chmod', 'chmod', parsePath(path), parseFileMode(mode, 'mode'));
}

async function lchmod() {
  throw notImplemented('lchmod()');
}

async function chown(path, uid, gid) {
  path = parsePath(path);
  checkOwner(uid, gid);
  return callPromise('chown', 'chown', path, uid, gid);
}

async function lchown(path, uid, gid) {
  path = parsePath(path);
  checkOwner(uid, gid);
  return callPromise('lchown', 'lchown', path, uid, gid);
}

async function utimes(path, atime, mtime) {
  return callPromise('utimes', 'utimes', parsePath(path), parseTime(atime), parseTime(mtime));
}

async function lutimes(path, atime, mtime) {
  return callPromise('lutimes', 'lutimes', parsePath(path), parseTime(atime), parseTime(mtime));
}

/** The system's own `realpath`, unlike the callback function. */
async function realpath(path, options) {
  options = parseOptions(options);
  return encodeName(await callPromise('realpath', 'realpath', parsePath(path)), options.encoding);
}

async function mkdtemp(prefix, options) {
  options = parseOptions(options);
  return encodeName(await callPromise('mkdtemp', 'mkdtemp', parsePath(prefix, 'prefix')), options.encoding);
}

async function writeFile(file, data, options) {
  return writeWhole(file, data, options, 'w');
}

async function appendFile(file, data, options) {
  return writeWhole(file, data, options, 'a');
}

async function writeWhole(file, data, options, flag) {
  if (file instanceof FileHandle) return flag === 'a' ? file.appendFile(data, options) : file.writeFile(data, options);
  const parsed = parseWriteFile(options, flag);
  const bytes = isIterable(data) ? undefined : dataOf(data, parsed.encoding);
  checkAborted(parsed.signal);
  if (bytes !== undefined) return runPromise('writeFile', operations.writeFile(parsePath(file), bytes, parsed));
  const handle = await open(file, parsed.flag, parsed.mode);
  try {
    await handle.writeFile(data, parsed);
  } finally {
    await handle.close();
  }
  return undefined;
}

async function readFile(file, options) {
  if (file instanceof FileHandle) return file.readFile(options);
  options = parseOptions(options, { flag: 'r' });
  checkAborted(options.signal);
  return runPromise('readFile', operations.readFile(parsePath(file), options));
}

function checkAborted(signal) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
}

/** A public function that is not there yet. */
function absent(name) {
  return { async [name]() { throw notImplemented(`fs.promises.${name}()`); } }[name];
}

const promises = {
  access, copyFile, cp, open, opendir, rename, truncate, rm, rmdir, mkdir, readdir, readlink, symlink, lstat,
  stat, statfs, link, unlink, chmod, lchmod, lchown, chown, utimes, lutimes, realpath, mkdtemp,
  writeFile, appendFile, readFile, watch: require('internal/fs/watchers').changes, constants,
};

module.exports = { FileHandle, promises };
