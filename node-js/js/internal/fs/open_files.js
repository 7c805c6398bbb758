'use strict';

// Functions on open files, and `truncate`, which opens one.

const { kValidateObjectAllowNullable, parseFileMode, validateInteger, validateObject } = require('internal/validators');
const { callAsync, callSync, runAsync, runSync } = require('internal/fs/request');
const {
  READ_BUFFER_SIZE, bytesOf, checkCallback, checkViews, dataOf, parseFd, parseFlags, parsePath, parseRead, parseWrite,
  textBytes,
} = require('internal/fs/arguments');

const buffer = () => require('buffer').Buffer;
const operations = () => require('internal/fs/operations');

function open(path, flags, mode, callback) {
  path = parsePath(path);
  if (arguments.length < 3) {
    callback = flags;
    flags = 'r';
    mode = 0o666;
  } else if (typeof mode === 'function') {
    callback = mode;
    mode = 0o666;
  } else {
    mode = parseFileMode(mode, 'mode', 0o666);
  }
  flags = parseFlags(flags);
  checkCallback(callback);
  callAsync(callback, 'open', path, flags, mode);
}

function openSync(path, flags, mode) {
  return callSync('open', parsePath(path), parseFlags(flags), parseFileMode(mode, 'mode', 0o666));
}

function ignoreError(error) {
  if (error) throw error;
}

function close(fd, callback = ignoreError) {
  fd = parseFd(fd);
  if (callback !== ignoreError) checkCallback(callback);
  callAsync(callback, 'close', fd);
}

function closeSync(fd) {
  callSync('close', parseFd(fd));
}

function checkReadOptions(options) {
  validateObject(options, 'options', kValidateObjectAllowNullable);
}

function read(fd, target, offset, length, position, callback) {
  fd = parseFd(fd);
  let options;
  if (arguments.length === 4) {
    // read(fd, buffer, options, callback)
    callback = length;
    options = offset;
    checkReadOptions(options);
    ({ offset = 0, length = target?.byteLength - offset, position = null } = options ?? {});
  } else if (arguments.length === 3) {
    // read(fd, bufferOrOptions, callback)
    callback = offset;
    options = target;
    if (!ArrayBuffer.isView(target)) checkReadOptions(options);
    if (!ArrayBuffer.isView(target)) ({ buffer: target = buffer().alloc(READ_BUFFER_SIZE) } = options ?? {});
    ({ offset = 0, length = target?.byteLength - offset, position = null } = ArrayBuffer.isView(options) ? {} : options ?? {});
  } else if (arguments.length <= 2) {
    // read(fd, callback)
    callback = target;
    target = buffer().alloc(READ_BUFFER_SIZE);
    ({ offset, length, position } = { offset: 0, length: target.byteLength, position: null });
  }
  if (!ArrayBuffer.isView(target)) parseRead(target);
  checkCallback(callback);
  const at = parseRead(target, offset, length, position);
  if (at.length === 0) {
    process.nextTick(callback, null, 0, target);
    return;
  }
  const done = (error, count) => callback(error, count || 0, target);
  callAsync(done, 'read', fd, bytesOf(target), at.offset, at.length, at.position);
}

function readSync(fd, target, offset, length, position) {
  fd = parseFd(fd);
  if (ArrayBuffer.isView(target) && (arguments.length <= 3 || typeof offset === 'object')) {
    const options = offset;
    if (options !== undefined) checkReadOptions(options);
    ({ offset = 0, length = target.byteLength - offset, position = null } = options ?? {});
  }
  const at = parseRead(target, offset, length, position);
  if (at.length === 0) return 0;
  return callSync('read', fd, bytesOf(target), at.offset, at.length, at.position);
}

function write(fd, source, offset, length, position, callback) {
  fd = parseFd(fd);
  if (ArrayBuffer.isView(source)) {
    callback = checkCallback(callback || position || length || offset);
    const at = parseWrite(source, offset, length, position);
    const done = (error, count) => callback(error, count || 0, source);
    callAsync(done, 'write', fd, bytesOf(source), at.offset, at.length, at.position);
    return;
  }
  // write(fd, string[, position[, encoding]], callback)
  if (typeof source !== 'string') dataOf(source, undefined, 'buffer');
  let encoding = 'utf8';
  if (typeof position === 'function') {
    callback = position;
    encoding = length;
  } else if (typeof offset === 'function') {
    callback = offset;
    offset = null;
  } else {
    callback = length;
  }
  if (typeof length === 'string') encoding = length;
  const bytes = textBytes(source, encoding);
  checkCallback(callback);
  const done = (error, count) => callback(error, count || 0, source);
  callAsync(done, 'write', fd, bytes, 0, bytes.byteLength, typeof offset === 'number' ? offset : -1);
}

/** As in Node, a failure of `writeSync` lists its properties in another order. */
function callWriteSync(...args) {
  try {
    return callSync('write', ...args);
  } catch (error) {
    const { code } = error;
    if (delete error.code) error.code = code;
    throw error;
  }
}

function writeSync(fd, source, offset, length, position) {
  fd = parseFd(fd);
  if (ArrayBuffer.isView(source)) {
    if (position === undefined) position = null;
    const at = parseWrite(source, offset, length, position);
    return callWriteSync(fd, bytesOf(source), at.offset, at.length, at.position);
  }
  if (typeof source !== 'string') dataOf(source, undefined, 'buffer');
  const bytes = textBytes(source, length);
  return callWriteSync(fd, bytes, 0, bytes.byteLength, typeof offset === 'number' ? offset : -1);
}

function readv(fd, buffers, position, callback) {
  vectored('read', fd, buffers, position, callback);
}

function writev(fd, buffers, position, callback) {
  vectored('write', fd, buffers, position, callback);
}

function vectored(request, fd, buffers, position, callback) {
  fd = parseFd(fd);
  checkViews(buffers);
  callback = checkCallback(callback || position);
  if (request === 'write' && buffers.length === 0) {
    process.nextTick(callback, null, 0, buffers);
    return;
  }
  const at = typeof position === 'number' ? position : -1;
  runAsync(operations().transfer(request, fd, buffers, at), (error, count) => callback(error, count || 0, buffers));
}

/** What `util.promisify` makes of a function whose callback takes two values: an object of both. */
function promisifyAs(fn, countName, dataName) {
  const promisified = (...args) => new Promise((resolve, reject) => {
    fn(...args, (error, count, data) => {
      if (error) reject(error);
      else resolve({ [countName]: count, [dataName]: data });
    });
  });
  Object.defineProperties(promisified, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  });
  Object.defineProperty(fn, Symbol.for('nodejs.util.promisify.custom'), { value: promisified });
}

promisifyAs(read, 'bytesRead', 'buffer');
promisifyAs(write, 'bytesWritten', 'buffer');
promisifyAs(readv, 'bytesRead', 'buffers');
promisifyAs(writev, 'bytesWritten', 'buffer');

function readvSync(fd, buffers, position) {
  fd = parseFd(fd);
  checkViews(buffers);
  return runSync(operations().transfer('read', fd, buffers, typeof position === 'number' ? position : -1));
}

function writevSync(fd, buffers, position) {
  fd = parseFd(fd);
  checkViews(buffers);
  if (buffers.length === 0) return 0;
  return runSync(operations().transfer('write', fd, buffers, typeof position === 'number' ? position : -1));
}

function fsync(fd, callback) {
  fd = parseFd(fd);
  checkCallback(callback);
  callAsync(callback, 'fsync', fd);
}

function fsyncSync(fd) {
  callSync('fsync', parseFd(fd));
}

function fdatasync(fd, callback) {
  fd = parseFd(fd);
  checkCallback(callback);
  callAsync(callback, 'fdatasync', fd);
}

function fdatasyncSync(fd) {
  callSync('fdatasync', parseFd(fd));
}

function ftruncate(fd, len = 0, callback) {
  if (typeof len === 'function') {
    callback = len;
    len = 0;
  }
  fd = parseFd(fd);
  validateInteger(len, 'len');
  checkCallback(callback);
  callAsync(callback, 'ftruncate', fd, Math.max(0, len));
}

function ftruncateSync(fd, len = 0) {
  validateInteger(len, 'len');
  callSync('ftruncate', parseFd(fd), len < 0 ? 0 : len);
}

function truncate(path, len, callback) {
  if (typeof len === 'function') {
    callback = len;
    len = 0;
  } else if (len === undefined) {
    len = 0;
  }
  if (typeof path === 'number') return ftruncate(path, len, callback);
  validateInteger(len, 'len');
  len = Math.max(0, len);
  checkCallback(callback);
  runAsync(operations().truncate(parsePath(path), len), callback);
  return undefined;
}

function truncateSync(path, len) {
  if (typeof path === 'number') return ftruncateSync(path, len);
  if (len === undefined) len = 0;
  validateInteger(len, 'len');
  runSync(operations().truncate(parsePath(path), Math.max(0, len)));
  return undefined;
}

module.exports = {
  open, openSync, close, closeSync, read, readSync, write, writeSync, readv, writev, readvSync, writevSync, fsync,
  fsyncSync, fdatasync, fdatasyncSync, ftruncate, ftruncateSync, truncate, truncateSync,
};
