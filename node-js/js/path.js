'use strict';

// The path functions of POSIX systems; `path.win32` has those of Windows.

const { notImplemented } = require('internal/errors');
const { validateObject, validateString } = require('internal/validators');

/** The segments of `path` without empty ones, `.` and, where something comes before it, `..`. */
function normalizeSegments(path, allowAboveRoot) {
  const kept = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
    else if (allowAboveRoot) kept.push('..');
  }
  return kept;
}

function resolve(...args) {
  let resolved = '';
  let absolute = false;
  for (let i = args.length - 1; i >= 0 && !absolute; i--) {
    validateString(args[i], `paths[${i}]`);
    if (args[i] === '') continue;
    resolved = `${args[i]}/${resolved}`;
    absolute = args[i][0] === '/';
  }
  if (!absolute) {
    const cwd = process.cwd();
    resolved = `${cwd}/${resolved}`;
    absolute = cwd[0] === '/';
  }
  const path = normalizeSegments(resolved, !absolute).join('/');
  return absolute ? `/${path}` : path || '.';
}

function normalize(path) {
  validateString(path, 'path');
  if (path === '') return '.';
  const absolute = path[0] === '/';
  const trailing = path[path.length - 1] === '/';
  const normal = normalizeSegments(path, !absolute).join('/');
  if (normal === '') return absolute ? '/' : trailing ? './' : '.';
  return `${absolute ? '/' : ''}${normal}${trailing ? '/' : ''}`;
}

function isAbsolute(path) {
  validateString(path, 'path');
  return path[0] === '/';
}

function join(...args) {
  let joined = '';
  for (const arg of args) {
    validateString(arg, 'path');
    if (arg !== '') joined = joined === '' ? arg : `${joined}/${arg}`;
  }
  return normalize(joined);
}

function relative(from, to) {
  validateString(from, 'from');
  validateString(to, 'to');
  if (from === to) return '';
  const start = normalizeSegments(resolve(from), false);
  const end = normalizeSegments(resolve(to), false);
  let common = 0;
  while (common < start.length && common < end.length && start[common] === end[common]) common++;
  return [...start.slice(common).fill('..'), ...end.slice(common)].join('/');
}

function toNamespacedPath(path) {
  return path;
}

/** Where the last segment begins and ends, trailing slashes left out. */
function lastSegment(path) {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  const start = end === 0 ? 0 : path.lastIndexOf('/', end - 1) + 1;
  return { start, end };
}

function dirname(path) {
  validateString(path, 'path');
  const slash = lastSegment(path).start - 1;
  if (slash <= 0) return path[0] === '/' ? '/' : '.';
  return slash === 1 && path[0] === '/' ? '//' : path.slice(0, slash);
}

function basename(path, suffix) {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(path, 'path');
  if (suffix !== undefined && suffix !== '' && suffix === path) return '';
  const { start, end } = lastSegment(path);
  const base = path.slice(start, end);
  if (!suffix) return base;
  // As in Node: trailing slashes stay where the suffix is all of the name and more.
  if (suffix.length > base.length && suffix.length <= path.length && suffix.endsWith(base)) return path.slice(start);
  return base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
}

/** The extension of a name without slashes. */
function extensionOf(base) {
  const dot = base.lastIndexOf('.');
  return dot <= 0 || base === '..' ? '' : base.slice(dot);
}

function extname(path) {
  validateString(path, 'path');
  const { start, end } = lastSegment(path);
  return extensionOf(path.slice(start, end));
}

function formatWith(sep, pathObject) {
  validateObject(pathObject, 'pathObject');
  const { root, ext } = pathObject;
  const dir = pathObject.dir || root;
  const extension = ext ? `${ext[0] === '.' ? '' : '.'}${ext}` : '';
  const base = pathObject.base || `${pathObject.name || ''}${extension}`;
  if (!dir) return base;
  return dir === root ? `${dir}${base}` : `${dir}${sep}${base}`;
}

function format(pathObject) {
  return formatWith('/', pathObject);
}

function parse(path) {
  validateString(path, 'path');
  const root = path[0] === '/' ? '/' : '';
  const { start, end } = lastSegment(path);
  const dir = start > 1 ? path.slice(0, start - 1) : root;
  const base = path.slice(start, end);
  // As in Node: right below the root, `..` is a name with an extension.
  const ext = base === '..' && start === 1 ? '.' : extensionOf(base);
  return { root, dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
}

function matchesGlob(path, pattern) {
  throw notImplemented('path.matchesGlob()');
}

const posix = {
  resolve,
  normalize,
  isAbsolute,
  join,
  relative,
  toNamespacedPath,
  dirname,
  basename,
  extname,
  format,
  parse,
  matchesGlob,
  sep: '/',
  delimiter: ':',
  win32: null,
  posix: null,
  _makeLong: toNamespacedPath,
};
posix.posix = posix;

module.exports = posix;

Object.defineProperty(posix, 'win32', {
  get() {
    const win32 = require('internal/path_win32').make(formatWith, extensionOf);
    win32.posix = posix;
    Object.defineProperty(posix, 'win32', { value: win32, writable: true, enumerable: true, configurable: true });
    return win32;
  },
  set(value) {
    Object.defineProperty(posix, 'win32', { value, writable: true, enumerable: true, configurable: true });
  },
  enumerable: true,
  configurable: true,
});
