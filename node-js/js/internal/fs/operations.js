'use strict';

// Operations of several requests, as generators for `internal/fs/request`. The number and order of requests are Node's,
// because a program sees them in the order of its events.

const { AbortError, aggregateTwoErrors, codes, uvExceptionFromLoop } = require('internal/errors');
const { Dirent, direntType, isDirectory, isSymbolicLink, readableSize } = require('internal/fs/stats');
const { bytesOf, encodeName, isFd, parseFlags } = require('internal/fs/arguments');

const buffer = () => require('buffer').Buffer;

/** The most that one request reads of a file whose size is known, or is not. */
const CHUNK_SIZE = 512 * 1024;
const UNKNOWN_CHUNK_SIZE = 64 * 1024;
const LARGEST_FILE = 2 ** 31 - 1;

const asError = (failure) => (failure instanceof Error ? failure : uvExceptionFromLoop(failure));

function checkAborted(signal) {
  if (signal?.aborted) throw new AbortError(undefined, { cause: signal.reason });
}

/** Opens `file`, unless it is an open one, for the operation `use`, and closes it whatever becomes of that. */
function* withFile(file, flags, mode, signal, use) {
  checkAborted(signal);
  if (isFd(file)) return yield* use(file);
  const fd = yield ['open', file, flags, mode];
  let result;
  let failure;
  try {
    result = yield* use(fd);
  } catch (thrown) {
    failure = thrown;
  }
  try {
    yield ['close', fd];
  } catch (thrown) {
    failure = failure === undefined ? thrown : aggregateTwoErrors(asError(thrown), asError(failure));
  }
  if (failure !== undefined) throw failure;
  return result;
}

/** Bytes, or text in `encoding`. */
function* readFile(file, { encoding, flag, signal }) {
  const bytes = yield* withFile(file, parseFlags(flag), 0o666, signal, (fd) => readToEnd(fd, signal));
  return encoding ? bytes.toString(encoding) : bytes;
}

function* readToEnd(fd, signal) {
  checkAborted(signal);
  const size = readableSize(yield ['fstat', fd]);
  if (size > LARGEST_FILE) throw new codes.ERR_FS_FILE_TOO_LARGE(size);
  if (size === 0) return yield* readUnknownSize(fd, signal);
  const bytes = buffer().allocUnsafeSlow(size);
  let position = 0;
  while (position < size) {
    checkAborted(signal);
    const count = yield ['read', fd, bytes, position, Math.min(CHUNK_SIZE, size - position), -1];
    if (count === 0) break;
    position += count;
  }
  return position === size ? bytes : bytes.subarray(0, position);
}

function* readUnknownSize(fd, signal) {
  const chunks = [];
  for (;;) {
    checkAborted(signal);
    const chunk = buffer().allocUnsafeSlow(UNKNOWN_CHUNK_SIZE);
    const count = yield ['read', fd, chunk, 0, UNKNOWN_CHUNK_SIZE, -1];
    if (count === 0) return buffer().concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

function* writeFile(file, bytes, { flag, mode, signal, flush }) {
  return yield* withFile(file, parseFlags(flag), mode, signal, function*(fd) {
    yield* writeAll(fd, bytes, signal);
    if (flush) yield ['fsync', fd];
  });
}

/** At least one request: a file is written even if there is nothing to write. */
function* writeAll(fd, bytes, signal) {
  let offset = 0;
  do {
    checkAborted(signal);
    offset += yield ['write', fd, bytes, offset, bytes.byteLength - offset, -1];
  } while (offset < bytes.byteLength);
}

function* truncate(path, length) {
  const fd = yield ['open', path, parseFlags('r+'), 0o666];
  let failure;
  try {
    yield ['ftruncate', fd, length];
  } catch (thrown) {
    failure = thrown;
  }
  yield ['close', fd];
  if (failure !== undefined) throw failure;
}

/** Reads into, or writes from, one view after the other, until one falls short. Returns how many bytes there were. */
function* transfer(request, fd, views, position) {
  let total = 0;
  if (views.length === 0 && request === 'read') throw { errno: -22, code: 'EINVAL', syscall: 'read' };
  for (const view of views) {
    if (view.byteLength === 0) continue;
    const at = position < 0 ? -1 : position + total;
    const count = yield [request, fd, bytesOf(view), 0, view.byteLength, at];
    total += count;
    if (count < view.byteLength) break;
  }
  return total;
}

/** As `mkdir -p`. Returns the topmost directory that was made, or `undefined`. */
function* mkdirRecursive(path, mode) {
  const { dirname } = require('path');
  const pending = [path];
  let missing;
  let first;
  while (pending.length > 0) {
    const next = pending.pop();
    try {
      yield ['mkdir', next, mode];
      first ??= next;
    } catch (failure) {
      const parent = dirname(next);
      // Missing although its parent is there: some file systems refuse so.
      if (failure.code === 'ENOENT' && next === missing) throw failure;
      if (failure.code === 'ENOENT' && parent !== next) {
        missing = next;
        pending.push(next, parent);
        continue;
      }
      if (['EACCES', 'EPERM', 'ENOSPC', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(failure.code)) throw failure;
      // Something is there already: a directory is what was wanted.
      if (yield* leadsToDirectory(next)) continue;
      if (failure.code === 'EEXIST' && pending.length > 0) {
        throw { ...failure, errno: -20, code: 'ENOTDIR', message: undefined };
      }
      throw failure;
    }
  }
  return first;
}

function* leadsToDirectory(path) {
  try {
    return isDirectory(yield ['stat', path]);
  } catch {
    return false;
  }
}

/** The entries of a directory with their types; the type of one that the file system does not tell is asked for. */
function* entries(path) {
  const [names, types] = yield ['readdir', path];
  const { join } = require('path');
  for (let i = 0; i < names.length; i++) {
    if (types[i] === 0) types[i] = direntType(yield ['lstat', join(path, names[i])]);
  }
  return [names, types];
}

function* readdir(path, { encoding, withFileTypes, recursive }) {
  if (recursive) return yield* readdirRecursive(path, withFileTypes, encoding);
  if (!withFileTypes) {
    const [names] = yield ['readdir', path];
    return names.map((name) => encodeName(name, encoding));
  }
  const [names, types] = yield* entries(path);
  return names.map((name, i) => new Dirent(encodeName(name, encoding), types[i], path));
}

/** Directory by directory, each one's entries before those of its directories; names are relative to `root`. */
function* readdirRecursive(root, withFileTypes, encoding) {
  const { join, relative } = require('path');
  const found = [];
  const queue = [root];
  for (let i = 0; i < queue.length; i++) {
    const directory = queue[i];
    const [names, types] = yield* entries(directory);
    for (let j = 0; j < names.length; j++) {
      const path = join(directory, names[j]);
      if (types[j] === 2) queue.push(path);
      found.push(withFileTypes ? new Dirent(encodeName(names[j], encoding), types[j], directory) :
        encodeName(relative(root, path), encoding));
    }
  }
  return found;
}

/** As `rm`: `force` forgives what is not there, `recursive` takes directories with all that is in them. */
function* rm(path, { force, recursive }) {
  let stats;
  try {
    stats = yield ['lstat', path];
  } catch (failure) {
    if (force && failure.code === 'ENOENT') return;
    throw failure;
  }
  if (isDirectory(stats)) {
    if (!recursive) {
      throw new codes.ERR_FS_EISDIR({ code: 'EISDIR', message: 'is a directory', path, syscall: 'rm', errno: 21 });
    }
    yield* removeTree(path);
  } else {
    yield* unlinkIfThere(path);
  }
}

function* unlinkIfThere(path) {
  try {
    yield ['unlink', path];
  } catch (failure) {
    if (failure.code !== 'ENOENT') throw failure;
  }
}

function* removeTree(directory) {
  try {
    yield ['rmdir', directory];
    return;
  } catch (failure) {
    if (failure.code === 'ENOENT') return;
    if (failure.code !== 'ENOTEMPTY' && failure.code !== 'EEXIST') throw failure;
  }
  const { join } = require('path');
  const [names, types] = yield* entries(directory);
  for (let i = 0; i < names.length; i++) {
    const path = join(directory, names[i]);
    if (types[i] === 2) yield* removeTree(path);
    else yield* unlinkIfThere(path);
  }
  yield ['rmdir', directory];
}

/** `fs.rmdir` with its option `recursive`. */
function* rmdirRecursive(path) {
  const stats = yield ['lstat', path];
  if (isDirectory(stats)) yield* removeTree(path);
  else yield ['rmdir', path];
}

/** The path without symbolic links, each of its parts looked at in turn, as Node does it. */
function* realpath(path) {
  const { resolve } = require('path');
  const followed = new Map();
  const real = new Set();
  let rest = resolve(path).split('/').filter((part) => part !== '');
  let known = '';
  while (rest.length > 0) {
    const base = `${known}/${rest.shift()}`;
    if (real.has(base)) {
      known = base;
      continue;
    }
    const stats = yield ['lstat', base];
    if (!isSymbolicLink(stats)) {
      real.add(base);
      known = base;
      continue;
    }
    const id = `${stats[0]}:${stats[7]}`;
    let target = followed.get(id);
    if (target === undefined) {
      // Fails where the link leads nowhere or round in circles.
      yield ['stat', base];
      target = yield ['readlink', base];
      followed.set(id, target);
    }
    rest = resolve(known || '/', target).split('/').filter((part) => part !== '').concat(rest);
    known = '';
  }
  return known || '/';
}

module.exports = {
  mkdirRecursive,
  readFile,
  readdir,
  entries,
  realpath,
  rm,
  rmdirRecursive,
  transfer,
  truncate,
  writeFile,
};
