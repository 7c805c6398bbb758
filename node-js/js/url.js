'use strict';

// Paths and `file:` URLs. A URL class is given where there is a global one.

const { codes, notImplemented } = require('internal/errors');
const { validateString } = require('internal/validators');

/** The parts of a URL that matter here, of a string. */
function parseFileURL(text) {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:[/\\]{2}([^/\\?#]*))?([^?#]*)/.exec(text.trim());
  if (match === null) {
    const error = new TypeError('Invalid URL');
    error.code = 'ERR_INVALID_URL';
    error.input = text;
    throw error;
  }
  const [, scheme, host = '', path] = match;
  const slashed = path.replace(/\\/g, '/');
  const { posix } = require('path');
  const hostname = host.toLowerCase() === 'localhost' ? '' : host;
  return { protocol: `${scheme.toLowerCase()}:`, hostname, pathname: posix.normalize(slashed[0] === '/' ? slashed : `/${slashed}`) };
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
  return `file://${resolved.replace(/[^!$&'()*+,\-./0-9:;=@A-Z[\]^_a-z|~]/gu, encodeURIComponent)}`;
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
