'use strict';

// The callback and the synchronous functions of `fs`. Arguments are checked first, in Node's order and with its messages; the
// requests themselves are in `internal/fs/request`, operations of several requests in `internal/fs/operations`.

const { notImplemented } = require('internal/errors');
const { parseFileMode, kValidateObjectAllowNullable, validateBoolean, validateInteger, validateObject } = require('internal/validators');
const { callAsync, callSync, runAsync, runSync } = require('internal/fs/request');
const { Dirent, Stats, statFsOf, statsOf } = require('internal/fs/stats');
const constants = require('internal/fs/constants');
const {
  READ_BUFFER_SIZE, bytesOf, checkCallback, checkSymlinkType, checkViews, dataOf, encodeName,
  parseFd, parseFile, parseFlagSet, parseFlags, parseMkdir, parseOptions, parsePath, parseRead, parseRm,
  parseRmdir, parseTime, parseWrite, textBytes,
} = require('internal/fs/arguments');

const buffer = () => require('buffer').Buffer;
const operations = () => require('internal/fs/operations');

/** Gives a result to `callback` in another form. */
function mapped(callback, form) {
  return (error, result) => {
    if (error) callback(error);
    else callback(null, form(result));
  };
}

// Open files

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

/** The names of a callback's values, of which `util.promisify` makes one object. */
const kPromisifyArgs = Symbol.for('nodejs.util.promisify.args');
Object.defineProperty(read, kPromisifyArgs, { value: ['bytesRead', 'buffer'] });
Object.defineProperty(write, kPromisifyArgs, { value: ['bytesWritten', 'buffer'] });
Object.defineProperty(readv, kPromisifyArgs, { value: ['bytesRead', 'buffers'] });
Object.defineProperty(writev, kPromisifyArgs, { value: ['bytesWritten', 'buffer'] });

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

// What there is to know of a file

function stat(path, options = { bigint: false }, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkCallback(callback);
  path = parsePath(path);
  callAsync(mapped(callback, (numbers) => statsOf(numbers, options)), 'stat', path);
}

function lstat(path, options = { bigint: false }, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkCallback(callback);
  path = parsePath(path);
  callAsync(mapped(callback, (numbers) => statsOf(numbers, options)), 'lstat', path);
}

function fstat(fd, options = { bigint: false }, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  fd = parseFd(fd);
  checkCallback(callback);
  callAsync(mapped(callback, (numbers) => statsOf(numbers, options)), 'fstat', fd);
}

/** Of `stat` or `lstat`; where there is nothing, `undefined` if `throwIfNoEntry` is false. */
function statOfPath(request, path, options) {
  path = parsePath(path);
  if (options?.throwIfNoEntry !== false) return statsOf(callSync(request, path), options);
  try {
    return statsOf(callSync(request, path), options);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function statSync(path, options = { bigint: false, throwIfNoEntry: true }) {
  return statOfPath('stat', path, options);
}

function lstatSync(path, options = { bigint: false, throwIfNoEntry: true }) {
  return statOfPath('lstat', path, options);
}

function fstatSync(fd, options = { bigint: false }) {
  fd = parseFd(fd);
  return statsOf(callSync('fstat', fd), options);
}

function statfs(path, options = { bigint: false }, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkCallback(callback);
  callAsync(mapped(callback, (numbers) => statFsOf(numbers, options)), 'statfs', parsePath(path));
}

function statfsSync(path, options = { bigint: false }) {
  return statFsOf(callSync('statfs', parsePath(path)), options);
}

function access(path, mode, callback) {
  if (typeof mode === 'function') {
    callback = mode;
    mode = constants.F_OK;
  }
  path = parsePath(path);
  checkCallback(callback);
  mode = parseFlagSet(mode);
  callAsync(callback, 'access', path, mode);
}

function accessSync(path, mode) {
  callSync('access', parsePath(path), parseFlagSet(mode));
}

function exists(path, callback) {
  checkCallback(callback);
  try {
    path = parsePath(path);
  } catch {
    callback(false);
    return;
  }
  callAsync((error) => callback(!error), 'access', path, constants.F_OK);
}

Object.defineProperty(exists, Symbol.for('nodejs.util.promisify.custom'), {
  value: (path) => new Promise((resolve) => exists(path, resolve)),
});

function existsSync(path) {
  try {
    callSync('access', parsePath(path), constants.F_OK);
    return true;
  } catch (error) {
    if (error.code === 'ERR_METHOD_NOT_IMPLEMENTED') throw error;
    return false;
  }
}

/** As in Node, whatever is no path is made a string. */
function parseRealpath(path) {
  return parsePath(typeof path === 'string' || path?.href ? path : `${path}`);
}

function realpath(path, options, callback) {
  callback = checkCallback(callback ?? options);
  options = parseOptions(options);
  path = parseRealpath(path);
  runAsync(operations().realpath(path), mapped(callback, (real) => encodeName(real, options.encoding)));
}

function realpathSync(path, options) {
  options = parseOptions(options);
  return encodeName(runSync(operations().realpath(parseRealpath(path))), options.encoding);
}

realpath.native = (path, options, callback) => {
  callback = checkCallback(callback ?? options);
  options = parseOptions(options);
  path = parsePath(path);
  callAsync(mapped(callback, (real) => encodeName(real, options.encoding)), 'realpath', path);
};

realpathSync.native = (path, options) => {
  options = parseOptions(options);
  return encodeName(callSync('realpath', parsePath(path)), options.encoding);
};

// Attributes

function chmod(path, mode, callback) {
  path = parsePath(path);
  mode = parseFileMode(mode, 'mode');
  checkCallback(callback);
  callAsync(callback, 'chmod', path, mode);
}

function chmodSync(path, mode) {
  callSync('chmod', parsePath(path), parseFileMode(mode, 'mode'));
}

function fchmod(fd, mode, callback) {
  fd = parseFd(fd);
  mode = parseFileMode(mode, 'mode');
  checkCallback(callback);
  callAsync(callback, 'fchmod', fd, mode);
}

function fchmodSync(fd, mode) {
  callSync('fchmod', parseFd(fd), parseFileMode(mode, 'mode'));
}

function checkOwner(uid, gid) {
  validateInteger(uid, 'uid', -1, 4294967295);
  validateInteger(gid, 'gid', -1, 4294967295);
}

function chown(path, uid, gid, callback) {
  checkCallback(callback);
  path = parsePath(path);
  checkOwner(uid, gid);
  callAsync(callback, 'chown', path, uid, gid);
}

function chownSync(path, uid, gid) {
  path = parsePath(path);
  checkOwner(uid, gid);
  callSync('chown', path, uid, gid);
}

function lchown(path, uid, gid, callback) {
  checkCallback(callback);
  path = parsePath(path);
  checkOwner(uid, gid);
  callAsync(callback, 'lchown', path, uid, gid);
}

function lchownSync(path, uid, gid) {
  path = parsePath(path);
  checkOwner(uid, gid);
  callSync('lchown', path, uid, gid);
}

function fchown(fd, uid, gid, callback) {
  fd = parseFd(fd);
  checkOwner(uid, gid);
  checkCallback(callback);
  callAsync(callback, 'fchown', fd, uid, gid);
}

function fchownSync(fd, uid, gid) {
  fd = parseFd(fd);
  checkOwner(uid, gid);
  callSync('fchown', fd, uid, gid);
}

function utimes(path, atime, mtime, callback) {
  checkCallback(callback);
  path = parsePath(path);
  callAsync(callback, 'utimes', path, parseTime(atime), parseTime(mtime));
}

function utimesSync(path, atime, mtime) {
  callSync('utimes', parsePath(path), parseTime(atime), parseTime(mtime));
}

function lutimes(path, atime, mtime, callback) {
  checkCallback(callback);
  path = parsePath(path);
  callAsync(callback, 'lutimes', path, parseTime(atime), parseTime(mtime));
}

function lutimesSync(path, atime, mtime) {
  callSync('lutimes', parsePath(path), parseTime(atime), parseTime(mtime));
}

function futimes(fd, atime, mtime, callback) {
  fd = parseFd(fd);
  atime = parseTime(atime, 'atime');
  mtime = parseTime(mtime, 'mtime');
  checkCallback(callback);
  callAsync(callback, 'futimes', fd, atime, mtime);
}

function futimesSync(fd, atime, mtime) {
  callSync('futimes', parseFd(fd), parseTime(atime, 'atime'), parseTime(mtime, 'mtime'));
}

// Directories and names

function mkdir(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  path = parsePath(path);
  checkCallback(callback);
  const { mode, recursive } = parseMkdir(options);
  if (recursive) runAsync(operations().mkdirRecursive(path, mode), callback);
  else callAsync(callback, 'mkdir', path, mode);
}

function mkdirSync(path, options) {
  path = parsePath(path);
  const { mode, recursive } = parseMkdir(options);
  if (recursive) return runSync(operations().mkdirRecursive(path, mode));
  callSync('mkdir', path, mode);
  return undefined;
}

let warnedOfTemplate = false;

function parseMkdtemp(prefix, options) {
  options = parseOptions(options);
  prefix = parsePath(prefix, 'prefix');
  if (!warnedOfTemplate && prefix.endsWith('X')) {
    process.emitWarning('mkdtemp() templates ending with X are not portable. ' +
      'For details see: https://nodejs.org/api/fs.html');
    warnedOfTemplate = true;
  }
  return { prefix, encoding: options.encoding };
}

function mkdtemp(prefix, options, callback) {
  callback = checkCallback(typeof options === 'function' ? options : callback);
  const parsed = parseMkdtemp(prefix, options);
  callAsync(mapped(callback, (path) => encodeName(path, parsed.encoding)), 'mkdtemp', parsed.prefix);
}

function mkdtempSync(prefix, options) {
  const parsed = parseMkdtemp(prefix, options);
  return encodeName(callSync('mkdtemp', parsed.prefix), parsed.encoding);
}

function warnOfRecursiveRmdir() {
  process.emitWarning('In future versions of Node.js, fs.rmdir(path, { recursive: true }) will be removed. ' +
    'Use fs.rm(path, { recursive: true }) instead', 'DeprecationWarning', 'DEP0147');
}

function rmdir(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkCallback(callback);
  path = parsePath(path);
  if (!parseRmdir(options).recursive) {
    callAsync(callback, 'rmdir', path);
    return;
  }
  warnOfRecursiveRmdir();
  runAsync(operations().rmdirRecursive(path), callback);
}

function rmdirSync(path, options) {
  path = parsePath(path);
  if (!parseRmdir(options).recursive) {
    callSync('rmdir', path);
    return;
  }
  warnOfRecursiveRmdir();
  runSync(operations().rmdirRecursive(path));
}

function rm(path, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  path = parsePath(path);
  options = parseRm(options);
  checkCallback(callback);
  runAsync(operations().rm(path, options), callback);
}

function rmSync(path, options) {
  runSync(operations().rm(parsePath(path), parseRm(options)));
}

function parseReaddir(options) {
  options = parseOptions(options);
  if (options.recursive != null) validateBoolean(options.recursive, 'options.recursive');
  return options;
}

function readdir(path, options, callback) {
  callback = checkCallback(typeof options === 'function' ? options : callback);
  options = parseReaddir(options);
  path = parsePath(path);
  runAsync(operations().readdir(path, options), callback);
}

function readdirSync(path, options) {
  options = parseReaddir(options);
  return runSync(operations().readdir(parsePath(path), options));
}

function opendir(path, options, callback) {
  require('internal/fs/dir').opendir(path, options, callback);
}

function opendirSync(path, options) {
  return require('internal/fs/dir').opendirSync(path, options);
}

function unlink(path, callback) {
  path = parsePath(path);
  checkCallback(callback);
  callAsync(callback, 'unlink', path);
}

function unlinkSync(path) {
  callSync('unlink', parsePath(path));
}

function rename(oldPath, newPath, callback) {
  checkCallback(callback);
  callAsync(callback, 'rename', parsePath(oldPath, 'oldPath'), parsePath(newPath, 'newPath'));
}

function renameSync(oldPath, newPath) {
  callSync('rename', parsePath(oldPath, 'oldPath'), parsePath(newPath, 'newPath'));
}

function link(existingPath, newPath, callback) {
  checkCallback(callback);
  callAsync(callback, 'link', parsePath(existingPath, 'existingPath'), parsePath(newPath, 'newPath'));
}

function linkSync(existingPath, newPath) {
  callSync('link', parsePath(existingPath, 'existingPath'), parsePath(newPath, 'newPath'));
}

function symlink(target, path, type, callback) {
  if (callback === undefined) {
    callback = checkCallback(type);
    type = undefined;
  } else {
    checkCallback(callback);
    checkSymlinkType(type);
  }
  callAsync(callback, 'symlink', parsePath(target, 'target'), parsePath(path));
}

function symlinkSync(target, path, type) {
  checkSymlinkType(type);
  callSync('symlink', parsePath(target, 'target'), parsePath(path));
}

function readlink(path, options, callback) {
  callback = checkCallback(typeof options === 'function' ? options : callback);
  options = parseOptions(options);
  path = parsePath(path, 'oldPath');
  callAsync(mapped(callback, (target) => encodeName(target, options.encoding)), 'readlink', path);
}

function readlinkSync(path, options) {
  options = parseOptions(options);
  return encodeName(callSync('readlink', parsePath(path, 'oldPath')), options.encoding);
}

function copyFile(src, dest, mode, callback) {
  if (typeof mode === 'function') {
    callback = mode;
    mode = 0;
  }
  src = parsePath(src, 'src');
  dest = parsePath(dest, 'dest');
  checkCallback(callback);
  mode = parseFlagSet(mode);
  callAsync(callback, 'copyFile', src, dest, mode);
}

function copyFileSync(src, dest, mode) {
  callSync('copyFile', parsePath(src, 'src'), parsePath(dest, 'dest'), parseFlagSet(mode));
}

function cp(src, dest, options, callback) {
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  checkCallback(callback);
  const { copy, parseCp } = require('internal/fs/cp');
  options = parseCp(options);
  runAsync(copy(parsePath(src, 'src'), parsePath(dest, 'dest'), options), callback);
}

function cpSync(src, dest, options) {
  const { copy, parseCp } = require('internal/fs/cp');
  options = parseCp(options);
  runSync(copy(parsePath(src, 'src'), parsePath(dest, 'dest'), options));
}

// Whole files

function readFile(path, options, callback) {
  callback ||= options;
  checkCallback(callback);
  options = parseOptions(options, { flag: 'r' });
  path = parseFile(path);
  parseFlags(options.flag);
  runAsync(operations().readFile(path, options), callback);
}

function readFileSync(path, options) {
  const { encoding, flag } = parseOptions(options, { flag: 'r' });
  return runSync(operations().readFile(parseFile(path), { encoding, flag }));
}

/** A signal is for the asynchronous functions only. */
function parseWriteFile(options, flag, signal = true) {
  options = parseOptions(options, { encoding: 'utf8', mode: 0o666, flag, flush: false });
  const flush = options.flush ?? false;
  validateBoolean(flush, 'options.flush');
  return {
    encoding: options.encoding,
    flag: parseFlags(options.flag || flag),
    mode: parseFileMode(options.mode, 'mode', 0o666),
    flush,
    signal: signal ? options.signal : undefined,
  };
}

function writeFile(path, data, options, callback) {
  callback ||= options;
  checkCallback(callback);
  options = parseWriteFile(options, 'w');
  const bytes = dataOf(data, options.encoding);
  path = parseFile(path);
  runAsync(operations().writeFile(path, bytes, options), callback);
}

function writeFileSync(path, data, options) {
  options = parseWriteFile(options, 'w', false);
  const bytes = dataOf(data, options.encoding);
  runSync(operations().writeFile(parseFile(path), bytes, options));
}

function appendFile(path, data, options, callback) {
  callback = checkCallback(callback || options);
  options = parseWriteFile(options, 'a');
  const bytes = dataOf(data, options.encoding);
  path = parseFile(path);
  runAsync(operations().writeFile(path, bytes, options), callback);
}

function appendFileSync(path, data, options) {
  options = parseWriteFile(options, 'a', false);
  const bytes = dataOf(data, options.encoding);
  runSync(operations().writeFile(parseFile(path), bytes, options));
}

/** A public function that is not there yet. */
function absent(name) {
  return { [name]() { throw notImplemented(`fs.${name}()`); } }[name];
}

const fs = {
  appendFile, appendFileSync, access, accessSync, chown, chownSync, chmod, chmodSync, close, closeSync, copyFile,
  copyFileSync, cp, cpSync, createReadStream: absent('createReadStream'),
  createWriteStream: absent('createWriteStream'), exists, existsSync, fchown, fchownSync, fchmod, fchmodSync, fdatasync,
  fdatasyncSync, fstat, fstatSync, fsync, fsyncSync, ftruncate, ftruncateSync, futimes, futimesSync, lchown, lchownSync,
  lchmod: undefined, lchmodSync: undefined, link, linkSync, lstat, lstatSync, lutimes, lutimesSync, mkdir, mkdirSync,
  mkdtemp, mkdtempSync, open, openSync, openAsBlob: absent('openAsBlob'), readdir, readdirSync, read, readSync, readv,
  readvSync, readFile, readFileSync, readlink, readlinkSync, realpath, realpathSync, rename, renameSync, rm, rmSync, rmdir,
  rmdirSync, stat, statfs, statSync, statfsSync, symlink, symlinkSync, truncate,
  truncateSync, unwatchFile: absent('unwatchFile'), unlink, unlinkSync, utimes, utimesSync, watch: absent('watch'),
  watchFile: absent('watchFile'), writeFile, writeFileSync, write, writeSync, writev, writevSync, Dirent, Stats,
  _toUnixTimestamp: parseTime, opendir, opendirSync,
};

const fixed = (value) => ({ value, enumerable: true, writable: false, configurable: false });
Object.defineProperties(fs, {
  F_OK: fixed(constants.F_OK),
  R_OK: fixed(constants.R_OK),
  W_OK: fixed(constants.W_OK),
  X_OK: fixed(constants.X_OK),
  constants: fixed(constants),
  Dir: { get: () => require('internal/fs/dir').Dir, enumerable: true, configurable: true },
  promises: { get: () => require('internal/fs/promises').promises, enumerable: true, configurable: true },
});

module.exports = fs;
