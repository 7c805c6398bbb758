'use strict';

// Directories, links and names.

const { validateBoolean } = require('internal/validators');
const { callAsync, callSync, mapped, runAsync, runSync } = require('internal/fs/request');
const {
  checkCallback, checkSymlinkType, encodeName, parseFlagSet, parseMkdir, parseOptions, parsePath, parseRm, parseRmdir,
} = require('internal/fs/arguments');

const operations = () => require('internal/fs/operations');

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

module.exports = {
  mkdir, mkdirSync, mkdtemp, mkdtempSync, rmdir, rmdirSync, rm, rmSync, readdir, readdirSync, opendir, opendirSync,
  unlink, unlinkSync, rename, renameSync, link, linkSync, symlink, symlinkSync, readlink, readlinkSync, copyFile,
  copyFileSync, cp, cpSync, realpath, realpathSync,
};
