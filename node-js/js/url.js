'use strict';

// Paths and `file:` URLs. A URL class is given where there is a global one.

const { codes, notImplemented } = require('internal/errors');
const { validateString } = require('internal/validators');

/** The parts of a URL that matter here, of a string. */
function parseFileURL(text) {
  // As a URL parser does: controls and spaces around it, and line breaks within, do not count.
  const trimmed = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:[/\\]{2}([^/\\?#]*))?([^?#]*)/.exec(trimmed);
  if (match === null) {
    const error = new TypeError('Invalid URL');
    error.code = 'ERR_INVALID_URL';
    error.input = text;
    throw error;
  }
  const [, scheme, host = '', path] = match;
  const hostname = host.toLowerCase() === 'localhost' ? '' : host;
  return { protocol: `${scheme.toLowerCase()}:`, hostname, pathname: removeDotSegments(path.replace(/\\/g, '/')) };
}

/** An absolute path without `.` and `..`; unlike a file's path, it keeps empty segments. */
function removeDotSegments(path) {
  const segments = path.split('/');
  if (segments[0] === '') segments.shift();
  const kept = [];
  segments.forEach((segment, i) => {
    const plain = segment.replace(/%2e/gi, '.');
    if (plain === '..') kept.pop();
    if (plain !== '.' && plain !== '..') kept.push(segment);
    else if (i === segments.length - 1) kept.push('');
  });
  return `/${kept.join('/')}`;
}

function fileURLToPath(path) {
  if (typeof path === 'string') path = parseFileURL(path);
  else if (!path?.href || !path.protocol) throw new codes.ERR_INVALID_ARG_TYPE('path', ['string', 'URL'], path);
  if (path.protocol !== 'file:') throw new codes.ERR_INVALID_URL_SCHEME('file');
  if (path.hostname !== '') throw new codes.ERR_INVALID_FILE_URL_HOST(process.platform);
  if (/%2f/i.test(path.pathname)) {
    throw new codes.ERR_INVALID_FILE_URL_PATH('must not include encoded / characters');
  }
  return decodeURIComponent(path.pathname);
}

/** The `file:` URL of a path, as text. A slash at the path's end stays. */
function pathToFileHref(path) {
  validateString(path, 'path');
  let resolved = require('path').resolve(path);
  if (path.endsWith('/') && !resolved.endsWith('/')) resolved += '/';
  return `file://${resolved.replace(/[^!$&'()*+,\-./0-9:;=@A-Z_a-z]/gu, encodeCharacter)}`;
}

/** `encodeURIComponent` leaves the tilde alone. */
function encodeCharacter(char) {
  return char === '~' ? '%7E' : encodeURIComponent(char.toWellFormed());
}

function pathToFileURL(path) {
  const href = pathToFileHref(path);
  if (typeof globalThis.URL !== 'function') throw notImplemented('url.pathToFileURL()');
  return new globalThis.URL(href);
}

function absent(name) {
  return { [name]() { throw notImplemented(`url.${name}()`); } }[name];
}

module.exports = {
  parse: absent('parse'),
  resolve: absent('resolve'),
  format: absent('format'),
  pathToFileURL,
  fileURLToPath,
  pathToFileHref,
};

Object.defineProperty(module.exports, 'pathToFileHref', { enumerable: false });
for (const name of ['URL', 'URLSearchParams']) {
  Object.defineProperty(module.exports, name, {
    get() {
      if (typeof globalThis[name] !== 'function') throw notImplemented(`url.${name}`);
      return globalThis[name];
    },
    enumerable: false,
    configurable: true,
  });
}
