'use strict';

// The path functions of Windows, for programs that treat such paths on another system.

const { notImplemented } = require('internal/errors');
const { validateString } = require('internal/validators');

const isSeparator = (char) => char === '/' || char === '\\';
const SEPARATORS = /[\\/]+/;

/**
 * Takes a path apart: `device` (`C:` or `\\server\share`), whether it is `absolute`, and where the rest begins. `bare` is a
 * network root that nothing follows.
 */
function splitRoot(path) {
  const unc = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
  if (unc !== null) {
    const bare = unc[0].length === path.length;
    return { device: `\\\\${unc[1]}\\${unc[2]}`, absolute: true, rest: unc[0].length, bare, unc: true };
  }
  if (isSeparator(path[0])) return { device: '', absolute: true, rest: 1, bare: false, unc: false };
  if (/^[a-zA-Z]:/.test(path)) {
    const absolute = isSeparator(path[2]);
    return { device: path.slice(0, 2), absolute, rest: absolute ? 3 : 2, bare: false, unc: false };
  }
  return { device: '', absolute: false, rest: 0, bare: false, unc: false };
}

/** As `splitRoot`, but `\\\\.\\` and `\\\\?\\` lead to devices and have no share after them. */
function splitDeviceRoot(path) {
  const root = splitRoot(path);
  if (!root.unc || (path[2] !== '.' && path[2] !== '?') || !isSeparator(path[3])) return root;
  return { device: `\\\\${path[2]}`, absolute: true, rest: 4, bare: false, unc: true };
}

function normalizeSegments(path, allowAboveRoot) {
  const kept = [];
  for (const segment of path.split(SEPARATORS)) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
    else if (allowAboveRoot) kept.push('..');
  }
  return kept.join('\\');
}

/** The working directory, or that of a drive. */
function workingDirectory(device) {
  if (device === '') return process.cwd();
  const path = process.env[`=${device}`] || process.cwd();
  const other = path === undefined ||
    (path.slice(0, 2).toLowerCase() !== device.toLowerCase() && path[2] === '\\');
  return other ? `${device}\\` : path;
}

function resolve(...args) {
  let device = '';
  let tail = '';
  let absolute = false;
  for (let i = args.length - 1; i >= -1; i--) {
    let path;
    if (i >= 0) {
      path = args[i];
      validateString(path, `paths[${i}]`);
      if (path === '') continue;
    } else {
      path = workingDirectory(device);
    }
    const root = splitDeviceRoot(path);
    if (root.device !== '') {
      if (device !== '' && root.device.toLowerCase() !== device.toLowerCase()) continue;
      if (device === '') device = root.device;
    }
    if (!absolute) {
      tail = `${path.slice(root.rest)}\\${tail}`;
      absolute = root.absolute;
    }
    if (absolute && device !== '') break;
  }
  tail = normalizeSegments(tail, !absolute);
  return absolute ? `${device}\\${tail}` : `${device}${tail}` || '.';
}

function normalize(path) {
  validateString(path, 'path');
  if (path === '') return '.';
  if (path.length === 1) return path === '/' ? '\\' : path;
  const reserved = isReservedName(path);
  const colon = path.indexOf(':');
  const root = reserved && colon > 0 ?
    { device: path.slice(0, colon + 1), absolute: false, rest: colon + 1, bare: false } : splitDeviceRoot(path);
  if (root.bare) return `${root.device}\\`;
  let tail = normalizeSegments(path.slice(root.rest), !root.absolute);
  const trailing = root.rest < path.length && isSeparator(path[path.length - 1]);
  if (tail === '' && !root.absolute) tail = '.';
  if (tail !== '' && trailing) tail += '\\';
  if (!root.absolute && root.device === '' && path.includes(':')) {
    // What was hidden behind other segments must not become a drive.
    if (/^[a-zA-Z]:/.test(tail)) return `.\\${tail}`;
    for (let at = colon; at !== -1; at = path.indexOf(':', at + 1)) {
      if (at === path.length - 1 || isSeparator(path[at + 1])) return `.\\${tail}`;
    }
  }
  if (reserved) return `.\\${root.device}${tail}`;
  return root.absolute ? `${root.device}\\${tail}` : `${root.device}${tail}`;
}

/** Whether a device of DOS is named: before the colon or, as in Node, before the last character. */
function isReservedName(path) {
  return /^(?:CON|PRN|AUX|NUL|(?:COM|LPT)[1-9\xb9\xb2\xb3])$/.test(path.slice(0, path.indexOf(':')).toUpperCase());
}

function isAbsolute(path) {
  validateString(path, 'path');
  return isSeparator(path[0]) || /^[a-zA-Z]:[\\/]/.test(path);
}

function join(...args) {
  let joined;
  let first;
  for (const arg of args) {
    validateString(arg, 'path');
    if (arg === '') continue;
    if (joined === undefined) joined = first = arg;
    else joined += `\\${arg}`;
  }
  if (joined === undefined) return '.';
  // Only a first argument that begins with exactly two separators may begin a network path.
  const leading = /^[\\/]*/.exec(joined)[0].length;
  const network = /^[\\/]{2}[^\\/]/.test(first) || first === '\\\\' || (/^[\\/]{2}$/.test(first));
  if (leading >= 2 && !network) joined = `\\${joined.slice(leading)}`;
  else if (/^[\\/]{2}$/.test(first) && leading > 2) joined = `\\${joined.slice(leading)}`;
  return normalize(joined);
}

function relative(from, to) {
  validateString(from, 'from');
  validateString(to, 'to');
  if (from === to) return '';
  const fromPath = resolve(from);
  const toPath = resolve(to);
  if (fromPath === toPath || fromPath.toLowerCase() === toPath.toLowerCase()) return '';
  const start = fromPath.split('\\').filter((part) => part !== '');
  const end = toPath.split('\\').filter((part) => part !== '');
  let common = 0;
  while (common < start.length && common < end.length &&
    start[common].toLowerCase() === end[common].toLowerCase()) common++;
  if (common === 0 && start.length > 0 && end.length > 0) return toPath;
  const steps = [...start.slice(common).fill('..'), ...end.slice(common)].join('\\');
  // Of a network root below `from`, Node keeps the separator at the end.
  return common > 0 && common === start.length && toPath.endsWith('\\') ? `${steps}\\` : steps;
}

function toNamespacedPath(path) {
  if (typeof path !== 'string' || path.length === 0) return path;
  const resolved = resolve(path);
  if (resolved.length <= 2) return path;
  if (resolved.startsWith('\\\\')) {
    if (resolved[2] !== '?' && resolved[2] !== '.') return `\\\\?\\UNC\\${resolved.slice(2)}`;
  } else if (/^[a-zA-Z]:\\/.test(resolved)) {
    return `\\\\?\\${resolved}`;
  }
  return resolved;
}

/** Where the last segment begins and ends; nothing before `from` belongs to it. */
function lastSegment(path, from) {
  let end = path.length;
  while (end > from && isSeparator(path[end - 1])) end--;
  let start = end;
  while (start > from && !isSeparator(path[start - 1])) start--;
  return { start, end };
}

const driveLength = (path) => (/^[a-zA-Z]:/.test(path) ? 2 : 0);

function dirname(path) {
  validateString(path, 'path');
  if (path === '') return '.';
  if (path.length === 1) return isSeparator(path) ? path : '.';
  const root = splitRoot(path);
  if (root.bare) return path;
  // The separator after a network root belongs to the root.
  const rootEnd = root.unc ? root.rest + 1 : root.rest;
  const { start } = lastSegment(path, rootEnd);
  let end = start - 1;
  if (end >= rootEnd) return path.slice(0, end);
  end = root.rest === 0 ? -1 : rootEnd;
  return end === -1 ? '.' : path.slice(0, end);
}

function basename(path, suffix) {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(path, 'path');
  const { start, end } = lastSegment(path, driveLength(path));
  if (suffix !== undefined && suffix !== '' && suffix.length <= path.length) {
    if (suffix === path) return '';
    const base = path.slice(start, end);
    if (suffix.length > base.length && suffix.endsWith(base)) return path.slice(start);
    return base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  }
  return path.slice(start, end);
}

/** The functions, with what they share with the POSIX ones. */
function make(formatWith, extensionOf) {
  function extname(path) {
    validateString(path, 'path');
    const { start, end } = lastSegment(path, driveLength(path));
    return extensionOf(path.slice(start, end));
  }

  function format(pathObject) {
    return formatWith('\\', pathObject);
  }

  function parse(path) {
    validateString(path, 'path');
    const empty = { root: '', dir: '', base: '', ext: '', name: '' };
    if (path === '') return empty;
    if (path.length === 1) {
      return isSeparator(path) ? { ...empty, root: path, dir: path } : { ...empty, base: path, name: path };
    }
    const split = splitRoot(path);
    const rootEnd = split.unc && !split.bare ? split.rest + 1 : split.rest;
    const root = path.slice(0, rootEnd);
    if (rootEnd >= path.length) return { ...empty, root, dir: root };
    const { start, end } = lastSegment(path, rootEnd);
    const base = path.slice(start, end);
    const ext = extensionOf(base);
    const dir = start > rootEnd ? path.slice(0, start - 1) : root;
    return { root, dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
  }

  function matchesGlob() {
    throw notImplemented('path.matchesGlob()');
  }

  const win32 = {
    resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename, extname, format, parse,
    matchesGlob, sep: '\\', delimiter: ';', win32: null, posix: null, _makeLong: toNamespacedPath,
  };
  win32.win32 = win32;
  return win32;
}

module.exports = { make };
