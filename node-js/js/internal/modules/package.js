'use strict';

// package.json, and the search through node_modules.

const binding = internalBinding('fs');
const path = require('path');

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** 'file', 'directory', 'other' or undefined. */
function kindOf(file) {
  let mode;
  try {
    mode = binding.stat(file)[1] & S_IFMT;
  } catch {
    return undefined;
  }
  return mode === S_IFREG ? 'file' : mode === S_IFDIR ? 'directory' : 'other';
}

/** A file's text: invalid UTF-8 becomes replacement characters, a byte order mark goes. */
function readText(file) {
  let text;
  try {
    text = internalBinding('modules').readText(file);
  } catch (failure) {
    throw failure instanceof Error ? failure : require('internal/errors').uvException(failure);
  }
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** The file behind symbolic links. */
function realpath(file) {
  try {
    return binding.realpath(file);
  } catch (failure) {
    throw failure instanceof Error ? failure : require('internal/errors').uvException(failure);
  }
}

const packages = new Map();

/** The contents of a folder's package.json, or undefined. */
function read(directory) {
  const file = path.join(directory, 'package.json');
  if (packages.has(file)) return packages.get(file);
  let contents;
  if (kindOf(file) === 'file') {
    try {
      contents = JSON.parse(readText(file));
    } catch (error) {
      const { codes } = require('internal/errors');
      if (codes.ERR_INVALID_PACKAGE_CONFIG) throw new codes.ERR_INVALID_PACKAGE_CONFIG(file, undefined, error.message);
      error.message = `Error parsing ${file}: ${error.message}`;
      throw error;
    }
  }
  packages.set(file, contents);
  return contents;
}

/** The nearest package.json above a file: `{ directory, contents }`, or undefined. */
function scope(file) {
  let directory = path.dirname(file);
  for (;;) {
    if (path.basename(directory) !== 'node_modules') {
      const contents = read(directory);
      if (contents !== undefined) return { directory, contents };
    }
    const parent = path.dirname(directory);
    if (parent === directory) return undefined;
    directory = parent;
  }
}

/** How a file is to be loaded: 'module', 'commonjs' or 'json'. */
function format(file) {
  switch (path.extname(file)) {
    case '.mjs': return 'module';
    case '.cjs': return 'commonjs';
    case '.json': return 'json';
    default: return scope(file)?.contents.type === 'module' && path.extname(file) === '.js' ? 'module' : 'commonjs';
  }
}

/** The folders in which a package that `directory` asks for may be. */
function nodeModulesPaths(directory) {
  const paths = [];
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    if (path.basename(at) !== 'node_modules') paths.push(path.join(at, 'node_modules'));
    if (at === path.dirname(at)) return paths;
  }
}

/** `@scope/name/sub` as ['@scope/name', './sub']. */
function splitName(specifier) {
  const parts = specifier.split('/');
  const count = specifier.startsWith('@') ? 2 : 1;
  const rest = parts.slice(count).join('/');
  return [parts.slice(0, count).join('/'), rest === '' ? '.' : `./${rest}`];
}

function notExported(subpath, directory) {
  const { codes } = require('internal/errors');
  if (codes.ERR_PACKAGE_PATH_NOT_EXPORTED) return new codes.ERR_PACKAGE_PATH_NOT_EXPORTED(`${directory}/`, subpath);
  const what = subpath === '.' ? 'No "exports" main defined' : `Package subpath '${subpath}' is not defined by "exports"`;
  const error = new Error(`${what} in ${directory}/package.json`);
  error.code = 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  return error;
}

function target(value, match, conditions) {
  if (typeof value === 'string') return match === undefined ? value : value.replaceAll('*', match);
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = target(item, match, conditions);
      if (found !== undefined && found !== null) return found;
    }
    return undefined;
  }
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      if (key !== 'default' && !conditions.includes(key)) continue;
      const found = target(value[key], match, conditions);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return value;
}

function lookup(table, subpath, conditions) {
  if (Object.hasOwn(table, subpath) && !subpath.includes('*')) return target(table[subpath], undefined, conditions);
  let best;
  for (const key of Object.keys(table)) {
    const star = key.indexOf('*');
    if (star < 0) continue;
    const [before, after] = [key.slice(0, star), key.slice(star + 1)];
    if (subpath.length >= key.length && subpath.startsWith(before) && subpath.endsWith(after) &&
        (best === undefined || before.length > best.before.length)) {
      best = { key, before, match: subpath.slice(before.length, subpath.length - after.length) };
    }
  }
  return best === undefined ? undefined : target(table[best.key], best.match, conditions);
}

/** The file that a package's "exports" names for a subpath. */
function resolveExports(directory, contents, subpath, conditions) {
  let { exports } = contents;
  const isTable = typeof exports === 'object' && !Array.isArray(exports) && Object.keys(exports).every((key) => key.startsWith('.'));
  if (!isTable) exports = { '.': exports };
  const found = lookup(exports, subpath, conditions);
  if (typeof found !== 'string' || !found.startsWith('./')) throw notExported(subpath, directory);
  return path.join(directory, found);
}

/** The file that the package's own "imports" names for `#name`. */
function resolveImports(specifier, from, conditions) {
  const package_ = scope(from);
  const found = package_?.contents.imports && lookup(package_.contents.imports, specifier, conditions);
  if (typeof found !== 'string') {
    const error = new TypeError(`Package import specifier "${specifier}" is not defined${package_ ? ` in package ${package_.directory}/package.json` : ''} imported from ${from}`);
    error.code = 'ERR_PACKAGE_IMPORT_NOT_DEFINED';
    throw error;
  }
  return found.startsWith('./') ? { file: path.join(package_.directory, found) } : { specifier: found };
}

module.exports = { format, kindOf, nodeModulesPaths, read, readText, realpath, resolveExports, resolveImports, scope, splitName };
