'use strict';

// What the functions of fs accept, turned into what the native side takes.

const { codes } = require('internal/errors');
const {
  parseFileMode, validateAbortSignal, validateBoolean, validateBuffer, validateEncoding, validateFunction, validateInt32, validateInteger,
  validateObject, validateUint32,
} = require('internal/validators');
const constants = require('internal/fs/constants');

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;

const buffer = () => require('buffer').Buffer;

/** The default of `read`'s own buffer, and the most that a request reads of a file whose size is known or is not. */
const READ_BUFFER_SIZE = 16 * 1024;

const FLAGS = {
  __proto__: null,
  'r': O_RDONLY,
  'rs': O_RDONLY | O_SYNC,
  'sr': O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  'sr+': O_RDWR | O_SYNC,
  'w': O_TRUNC | O_CREAT | O_WRONLY,
  'wx': O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'xw': O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  'xw+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  'a': O_APPEND | O_CREAT | O_WRONLY,
  'ax': O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  'xa': O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  'as': O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'sa': O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'xa+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
  'sa+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
};

function parseFlags(flags, name = 'flags') {
  if (typeof flags === 'number') {
    validateInt32(flags, name);
    return flags;
  }
  if (flags == null) return O_RDONLY;
  const value = typeof flags === 'string' ? FLAGS[flags] : undefined;
  if (value === undefined) throw new codes.ERR_INVALID_ARG_VALUE(name, flags);
  return value;
}

const looksLikeURL = (value) =>
  Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);

/** The path as a string, of a string, a `Buffer` of UTF-8 or a `file:` URL. */
function parsePath(value, name = 'path') {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) throw nulInPath(value, name);
    return value;
  }
  if (looksLikeURL(value)) return parsePath(require('url').fileURLToPath(value), name);
  if (!(value instanceof Uint8Array)) throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'URL'], value);
  if (value.includes(0)) throw nulInPath(value, name);
  const bytes = buffer().from(value.buffer, value.byteOffset, value.byteLength);
  const text = bytes.toString('utf8');
  if (!buffer().from(text, 'utf8').equals(bytes)) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, value, 'must be valid UTF-8: other paths are not supported');
  }
  return text;
}

function nulInPath(value, name) {
  return new codes.ERR_INVALID_ARG_VALUE(name, value, 'must be a string, Uint8Array, or URL without null bytes');
}

function parseFd(fd, name = 'fd') {
  if (Object.is(fd, -0)) return 0;
  validateInt32(fd, name, 0);
  return fd;
}

/** Whether a whole-file function was given an open file: any other number is a wrong path. */
const isFd = (value) => typeof value === 'number' && value === (value | 0);

const parseFile = (file) => (isFd(file) ? parseFd(file) : parsePath(file));

function checkCallback(callback) {
  validateFunction(callback, 'cb');
  return callback;
}

function checkEncoding(encoding) {
  if (encoding && !buffer().isEncoding(encoding)) {
    throw new codes.ERR_INVALID_ARG_VALUE('encoding', encoding, 'is invalid encoding');
  }
}

/** Options with `defaults` below them; a string is their encoding. A function is the callback that follows: no options. */
function parseOptions(options, defaults = {}) {
  if (options == null || typeof options === 'function') return defaults;
  let parsed;
  if (typeof options === 'string') parsed = { ...defaults, encoding: options };
  else if (typeof options === 'object') parsed = options;
  else throw new codes.ERR_INVALID_ARG_TYPE('options', ['string', 'Object'], options);
  if (parsed.encoding !== 'buffer') checkEncoding(parsed.encoding);
  if (parsed.signal !== undefined) validateAbortSignal(parsed.signal, 'options.signal');
  return parsed === options ? { ...defaults, ...options } : parsed;
}

/** A name or path that the system gave, as the `encoding` option wants it. */
function encodeName(name, encoding) {
  if (!encoding || encoding === 'utf8' || encoding === 'utf-8') return name;
  const bytes = buffer().from(name);
  return encoding === 'buffer' ? bytes : bytes.toString(encoding);
}

/** A mode of `access` or `copyFile`: a set of flags, checked where Node's native side does it. */
function parseFlagSet(mode) {
  if (mode == null) return 0;
  let error;
  if (typeof mode !== 'number') {
    error = new TypeError('mode must be int32 or null/undefined');
    error.code = 'ERR_INVALID_ARG_TYPE';
  } else if (mode < 0 || mode > 7) {
    error = new RangeError('mode is out of range: >= 0 && <= 7');
    error.code = 'ERR_OUT_OF_RANGE';
  } else {
    return mode | 0;
  }
  throw error;
}

/** Seconds since 1970, of a Date, a number or a numeric string. */
function parseTime(time, name = 'time') {
  if (typeof time === 'string' && +time == time) return +time; // eslint-disable-line eqeqeq
  if (Number.isFinite(time)) return time < 0 ? Date.now() / 1000 : time;
  if (time instanceof Date) return time.getTime() / 1000;
  throw new codes.ERR_INVALID_ARG_TYPE(name, ['Date', 'Time in seconds'], time);
}

/** `-1` is the file's current position. */
function parsePosition(position) {
  if (position == null) return -1;
  if (typeof position === 'number') {
    validateInteger(position, 'position', -1);
    return position;
  }
  if (typeof position === 'bigint') {
    if (position < -(2n ** 63n) || position >= 2n ** 63n) {
      throw new codes.ERR_OUT_OF_RANGE('position', `>= ${-(2n ** 63n)} && <= ${2n ** 63n - 1n}`, position);
    }
    return Math.max(-1, Number(position));
  }
  throw new codes.ERR_INVALID_ARG_TYPE('position', ['integer', 'bigint'], position);
}

/** Of `read(fd, buffer, ...)`: an object may stand in the place of the offset. */
function parseRead(target, offset, length, position) {
  validateBuffer(target);
  if (offset == null) offset = 0;
  else validateInteger(offset, 'offset', 0);
  length |= 0;
  if (length === 0) return { target, offset, length, position: -1 };
  if (target.byteLength === 0) {
    throw new codes.ERR_INVALID_ARG_VALUE('buffer', target, 'is empty and cannot be written');
  }
  if (length < 0) throw new codes.ERR_OUT_OF_RANGE('length', '>= 0', length);
  if (offset + length > target.byteLength) {
    throw new codes.ERR_OUT_OF_RANGE('length', `<= ${target.byteLength - offset}`, length);
  }
  return { target, offset, length, position: parsePosition(position) };
}

/** Of `write(fd, buffer, ...)`. */
function parseWrite(source, offset, length, position) {
  if (offset !== null && typeof offset === 'object') {
    ({ offset = 0, length = source.byteLength - offset, position = null } = offset);
  }
  if (offset == null || typeof offset === 'function') offset = 0;
  else validateInteger(offset, 'offset', 0);
  if (typeof length !== 'number') length = source.byteLength - offset;
  if (typeof position !== 'number') position = null;
  const { byteLength } = source;
  if (offset > byteLength) throw new codes.ERR_OUT_OF_RANGE('offset', `<= ${byteLength}`, offset);
  if (length > byteLength - offset) throw new codes.ERR_OUT_OF_RANGE('length', `<= ${byteLength - offset}`, length);
  if (length < 0) throw new codes.ERR_OUT_OF_RANGE('length', '>= 0', length);
  validateInt32(length, 'length', 0);
  return { source, offset, length, position: position ?? -1 };
}

/** The bytes of a view of any type. */
function bytesOf(view) {
  if (view instanceof Uint8Array) return view;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** The bytes to write, of a view or of a string in `encoding`. */
function dataOf(data, encoding, name = 'data') {
  if (ArrayBuffer.isView(data)) return bytesOf(data);
  if (typeof data !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }
  return buffer().from(data, encoding || 'utf8');
}

/** The bytes of a string; as in Node, an encoding that there is not means UTF-8. */
function textBytes(text, encoding) {
  validateEncoding(text, encoding);
  return buffer().from(text, buffer().isEncoding(encoding) ? encoding : 'utf8');
}

function checkViews(buffers) {
  if (!Array.isArray(buffers)) throw new codes.ERR_INVALID_ARG_TYPE('buffers', 'ArrayBufferView[]', buffers);
  for (const view of buffers) {
    if (!ArrayBuffer.isView(view)) throw new codes.ERR_INVALID_ARG_TYPE('buffers', 'ArrayBufferView[]', buffers);
  }
}

/** `{ mode, recursive }` of mkdir's options or mode. */
function parseMkdir(options) {
  let mode = 0o777;
  let recursive = false;
  if (typeof options === 'number' || typeof options === 'string') {
    mode = parseFileMode(options, 'mode');
  } else if (options) {
    if (options.recursive !== undefined) {
      ({ recursive } = options);
      validateBoolean(recursive, 'options.recursive');
    }
    if (options.mode !== undefined) mode = parseFileMode(options.mode, 'mode');
  }
  return { mode, recursive };
}

function parseRetries(options) {
  validateInt32(options.retryDelay, 'options.retryDelay', 0);
  validateUint32(options.maxRetries, 'options.maxRetries');
}

function parseRm(options) {
  if (options === undefined) return { force: false, recursive: false, retryDelay: 100, maxRetries: 0 };
  validateObject(options, 'options');
  const parsed = { force: false, recursive: false, retryDelay: 100, maxRetries: 0, ...options };
  validateBoolean(parsed.force, 'options.force');
  validateBoolean(parsed.recursive, 'options.recursive');
  parseRetries(parsed);
  return parsed;
}

function parseRmdir(options) {
  if (options === undefined) return { recursive: false, retryDelay: 100, maxRetries: 0 };
  validateObject(options, 'options');
  const parsed = { recursive: false, retryDelay: 100, maxRetries: 0, ...options };
  validateBoolean(parsed.recursive, 'options.recursive');
  parseRetries(parsed);
  return parsed;
}

function checkSymlinkType(type) {
  if (typeof type === 'string' && !['dir', 'file', 'junction'].includes(type)) {
    throw new codes.ERR_FS_INVALID_SYMLINK_TYPE(type);
  }
}

module.exports = {
  READ_BUFFER_SIZE,
  bytesOf,
  checkCallback,
  checkEncoding,
  checkSymlinkType,
  checkViews,
  dataOf,
  encodeName,
  isFd,
  parseFd,
  parseFile,
  parseFlagSet,
  parseFlags,
  parseMkdir,
  parseOptions,
  parsePath,
  parseRead,
  parseRm,
  parseRmdir,
  parseTime,
  parseWrite,
  textBytes,
};
