'use strict';

// What there is to know of a file, and its attributes.

const { parseFileMode, validateInteger } = require('internal/validators');
const { callAsync, callSync, mapped } = require('internal/fs/request');
const { statFsOf, statsOf } = require('internal/fs/stats');
const { checkCallback, parseFd, parseFlagSet, parsePath, parseTime } = require('internal/fs/arguments');
const constants = require('internal/fs/constants');

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

module.exports = {
  stat, lstat, fstat, statSync, lstatSync, fstatSync, statfs, statfsSync, access, accessSync, exists, existsSync, chmod,
  chmodSync, fchmod, fchmodSync, chown, chownSync, lchown, lchownSync, fchown, fchownSync, utimes, utimesSync, lutimes,
  lutimesSync, futimes, futimesSync,
};
