'use strict';

// `fs.cp`: copies a file or, with `recursive`, a directory with all that is in it.

const { codes } = require('internal/errors');
const { validateBoolean, validateFunction, validateInteger, validateObject } = require('internal/validators');
const {
  direntType, isDirectory, isSameFile, isSymbolicLink, permissions,
} = require('internal/fs/stats');
const { UV_DIRENT_BLOCK, UV_DIRENT_CHAR, UV_DIRENT_FIFO, UV_DIRENT_FILE, UV_DIRENT_SOCKET } = require('internal/fs/constants');
const { mkdirRecursive } = require('internal/fs/operations');
const path = require('path');

const EEXIST = 17;
const ENOTDIR = 20;
const EISDIR = 21;
const EINVAL = 22;

const DEFAULTS = {
  dereference: false,
  errorOnExist: false,
  filter: undefined,
  force: true,
  preserveTimestamps: false,
  recursive: false,
  verbatimSymlinks: false,
};

function parseCp(options) {
  if (options === undefined) return { ...DEFAULTS, mode: 0 };
  validateObject(options, 'options');
  const parsed = { ...DEFAULTS, ...options };
  for (const name in DEFAULTS) {
    if (name !== 'filter') validateBoolean(parsed[name], `options.${name}`);
  }
  if (parsed.mode == null) parsed.mode = 0;
  else validateInteger(parsed.mode, 'mode', 0, 7);
  if (parsed.dereference && parsed.verbatimSymlinks) {
    throw new codes.ERR_INCOMPATIBLE_OPTION_PAIR('dereference', 'verbatimSymlinks');
  }
  if (parsed.filter !== undefined) validateFunction(parsed.filter, 'options.filter');
  return parsed;
}

function refuse(code, message, at, errno, name) {
  return new codes[`ERR_FS_${code}`]({ message, path: at, syscall: 'cp', errno, code: name });
}

function* copy(src, dest, options) {
  if (!(yield* isWanted(src, dest, options))) return;
  const [from, to] = yield* look(src, dest, options);
  const parent = path.dirname(dest);
  if (isDirectory(from)) yield* checkParents(from, src, parent, dest);
  if ((yield* statIfThere('stat', parent)) === undefined) yield* mkdirRecursive(parent, 0o777);
  yield* copyEntry(src, from, dest, to, options);
}

/** The filter's answer may be a promise. */
function* isWanted(src, dest, { filter }) {
  if (filter === undefined) return true;
  let wanted = filter(src, dest);
  if (typeof wanted?.then === 'function') wanted = yield wanted;
  return Boolean(wanted);
}

function* statIfThere(request, file) {
  try {
    return yield [request, file];
  } catch (failure) {
    if (failure.code === 'ENOENT') return undefined;
    throw failure;
  }
}

/** What is at both ends, if one may be copied to the other. */
function* look(src, dest, { dereference }) {
  const request = dereference ? 'stat' : 'lstat';
  const from = yield [request, src];
  const to = yield* statIfThere(request, dest);
  if (to !== undefined) {
    if (isSameFile(from, to)) throw refuse('CP_EINVAL', 'src and dest cannot be the same', dest, EINVAL, 'EINVAL');
    if (isDirectory(from) && !isDirectory(to)) {
      throw refuse('CP_DIR_TO_NON_DIR', `cannot overwrite non-directory ${dest} with directory ${src}`, dest, EISDIR, 'EISDIR');
    }
    if (!isDirectory(from) && isDirectory(to)) {
      throw refuse('CP_NON_DIR_TO_DIR', `cannot overwrite directory ${dest} with non-directory ${src}`, dest, ENOTDIR, 'ENOTDIR');
    }
  }
  if (isDirectory(from) && isWithin(src, dest)) throw intoItself(src, dest, dest);
  return [from, to];
}

function isWithin(outer, inner) {
  const parts = path.resolve(inner).split('/');
  return path.resolve(outer).split('/').every((part, i) => parts[i] === part);
}

function intoItself(src, dest, at) {
  return refuse('CP_EINVAL', `cannot copy ${src} to a subdirectory of self ${dest}`, at, EINVAL, 'EINVAL');
}

/** Links may lead to the source under another name. */
function* checkParents(from, src, parent, dest) {
  let directory = path.resolve(parent);
  while (directory !== path.dirname(directory) && directory !== path.dirname(path.resolve(src))) {
    const stats = yield* statIfThere('stat', directory);
    if (stats === undefined) return;
    if (isSameFile(from, stats)) throw intoItself(src, dest, dest);
    directory = path.dirname(directory);
  }
}

function* copyEntry(src, from, dest, to, options) {
  if (isDirectory(from)) {
    if (!options.recursive) throw refuse('EISDIR', `${src} is a directory (not copied)`, src, EISDIR, 'EISDIR');
    yield* copyDirectory(src, from, dest, to, options);
    return;
  }
  if (isSymbolicLink(from)) {
    yield* copyLink(src, dest, to, options);
    return;
  }
  switch (direntType(from)) {
    case UV_DIRENT_FILE:
    case UV_DIRENT_CHAR:
    case UV_DIRENT_BLOCK:
      yield* copyFile(src, from, dest, to, options);
      return;
    case UV_DIRENT_SOCKET:
      throw refuse('CP_SOCKET', `cannot copy a socket file: ${dest}`, dest, EINVAL, 'EINVAL');
    case UV_DIRENT_FIFO:
      throw refuse('CP_FIFO_PIPE', `cannot copy a FIFO pipe: ${dest}`, dest, EINVAL, 'EINVAL');
    default:
      throw refuse('CP_UNKNOWN', `cannot copy an unknown file type: ${dest}`, dest, EINVAL, 'EINVAL');
  }
}

function* copyDirectory(src, from, dest, to, options) {
  if (to === undefined) yield ['mkdir', dest, 0o777];
  const [names] = yield ['readdir', src];
  for (const name of names) {
    const srcItem = path.join(src, name);
    const destItem = path.join(dest, name);
    if (!(yield* isWanted(srcItem, destItem, options))) continue;
    const [fromItem, toItem] = yield* look(srcItem, destItem, options);
    yield* copyEntry(srcItem, fromItem, destItem, toItem, options);
  }
  // Last, for it may forbid to write.
  if (to === undefined) yield ['chmod', dest, permissions(from)];
}

function* copyFile(src, from, dest, to, { force, errorOnExist, mode, preserveTimestamps }) {
  if (to !== undefined) {
    if (!force) {
      if (errorOnExist) throw refuse('CP_EEXIST', `${dest} already exists`, dest, EEXIST, 'EEXIST');
      return;
    }
    yield ['unlink', dest];
  }
  yield ['copyFile', src, dest, mode];
  if (preserveTimestamps) {
    const [atimeMs, mtimeMs] = (yield ['stat', src]).slice(10, 12);
    yield ['utimes', dest, atimeMs / 1000, mtimeMs / 1000];
  }
  yield ['chmod', dest, permissions(from)];
}

function* copyLink(src, dest, to, { verbatimSymlinks }) {
  let target = yield ['readlink', src];
  if (!verbatimSymlinks) target = path.resolve(path.dirname(src), target);
  if (to !== undefined && isSymbolicLink(to)) {
    const replaced = path.resolve(path.dirname(dest), yield ['readlink', dest]);
    if (isWithin(target, replaced)) throw intoItself(target, replaced, dest);
    if (isDirectory(yield ['stat', src]) && isWithin(replaced, target)) {
      throw refuse('CP_SYMLINK_TO_SUBDIRECTORY', `cannot overwrite ${replaced} with ${target}`, dest, EINVAL, 'EINVAL');
    }
    yield ['unlink', dest];
  }
  yield ['symlink', target, dest];
}

module.exports = { copy, parseCp };
