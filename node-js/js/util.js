'use strict';
// The util module.

const { inspect, stripVTControlCharacters } = require('internal/util/inspect');
const { format, formatWithOptions } = require('internal/util/format');
const types = require('internal/util/types');

const codes = () => require('internal/errors').codes;
const validators = () => require('internal/validators');

const customPromisify = Symbol.for('nodejs.util.promisify.custom');
const customPromisifyArgs = Symbol('customPromisifyArgs');

/**
 * A function of promises from one whose last argument is a callback. A callback with several values gives
 * an object if the function names them under `customPromisifyArgs`.
 */
function promisify(original) {
  validators().validateFunction(original, 'original');
  const own = original[customPromisify];
  if (own) {
    validators().validateFunction(own, 'util.promisify.custom');
    return Object.defineProperty(own, customPromisify, {
      value: own, enumerable: false, writable: false, configurable: true,
    });
  }
  const names = original[customPromisifyArgs];
  function fn(...args) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...args, (error, ...values) => {
        if (error) {
          reject(error);
        } else if (names !== undefined && values.length > 1) {
          resolve(Object.fromEntries(names.map((name, i) => [name, values[i]])));
        } else {
          resolve(values[0]);
        }
      }]);
    });
  }
  Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
  Object.defineProperty(fn, customPromisify, {
    value: fn, enumerable: false, writable: false, configurable: true,
  });
  return copyProperties(fn, original);
}

promisify.custom = customPromisify;

function copyProperties(fn, original) {
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    const existing = Object.getOwnPropertyDescriptor(fn, key);
    if (existing !== undefined && !existing.configurable && key === 'prototype') {
      fn.prototype = descriptor.value;
    } else {
      Object.defineProperty(fn, key, descriptor);
    }
  }
  return fn;
}

/** A function with a callback from one that returns a promise. */
function callbackify(original) {
  validators().validateFunction(original, 'original');
  function callbackified(...args) {
    const callback = args.pop();
    validators().validateFunction(callback, 'last argument');
    const done = callback.bind(this);
    Reflect.apply(original, this, args).then(
      (value) => process.nextTick(done, null, value),
      (reason) => {
        if (!reason) {
          const error = new (codes().ERR_FALSY_VALUE_REJECTION)(reason);
          error.reason = reason;
          reason = error;
        }
        process.nextTick(done, reason);
      });
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length?.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name?.value === 'string') descriptors.name.value += 'Callbackified';
  for (const key of Reflect.ownKeys(descriptors)) {
    if (key !== 'prototype') Object.defineProperty(callbackified, key, descriptors[key]);
  }
  return callbackified;
}

/** Lets `constructor` inherit as ES5 classes do; the parent is left in `super_`. */
function inherits(constructor, superConstructor) {
  const wrongType = (name, expected, value) => new (codes().ERR_INVALID_ARG_TYPE)(name, expected, value);
  if (constructor === undefined || constructor === null) throw wrongType('ctor', 'Function', constructor);
  if (superConstructor === undefined || superConstructor === null) {
    throw wrongType('superCtor', 'Function', superConstructor);
  }
  if (superConstructor.prototype === undefined) {
    throw wrongType('superCtor.prototype', 'Object', superConstructor.prototype);
  }
  Object.defineProperty(constructor, 'super_', { value: superConstructor, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, superConstructor.prototype);
}

const warnedCodes = new Set();

/** The function, but its first call emits a DeprecationWarning: one for each code. */
function deprecate(fn, message, code) {
  validators().validateFunction(fn, 'fn');
  if (process.noDeprecation === true) return fn;
  if (code !== undefined) validators().validateString(code, 'code');
  let warned = false;
  function deprecated(...args) {
    if (!warned && process.noDeprecation !== true) {
      warned = true;
      if (code === undefined) {
        process.emitWarning(message, 'DeprecationWarning', deprecated);
      } else if (!warnedCodes.has(code)) {
        warnedCodes.add(code);
        process.emitWarning(message, 'DeprecationWarning', code, deprecated);
      }
    }
    return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
  }
  Object.setPrototypeOf(deprecated, fn);
  if (fn.prototype) deprecated.prototype = fn.prototype;
  return deprecated;
}

function debugEnabled(set) {
  const wanted = process.env.NODE_DEBUG;
  if (!wanted) return false;
  return wanted.split(',').some((pattern) => {
    const source = pattern.replace(/[|\\{}()[\]^$+?.]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${source}$`, 'i').test(set);
  });
}

/** A function that writes to stderr if NODE_DEBUG names the set. */
function debuglog(set, callback) {
  const name = `${set}`.toUpperCase();
  let enabled;
  let told = false;
  const isEnabled = () => (enabled ??= debugEnabled(name));
  const log = (...args) => {
    if (typeof callback === 'function' && !told) {
      told = true;
      callback(log);
    }
    if (isEnabled()) process.stderr.write(`${name} ${process.pid}: ${format(...args)}\n`);
  };
  Object.defineProperty(log, 'enabled', { get: isEnabled, configurable: true, enumerable: true });
  return log;
}

/** The text in a style, or several; a single style only where the stream shows colors. */
function styleText(style, text, { validateStream = true, stream = process.stdout } = {}) {
  const { validateBoolean, validateOneOf, validateString } = validators();
  validateString(text, 'text');
  validateBoolean(validateStream, 'options.validateStream');
  if (validateStream && (!stream || typeof stream.write !== 'function' || typeof stream.on !== 'function')) {
    throw new (codes().ERR_INVALID_ARG_TYPE)('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  }
  const { colors } = inspect;
  const pairs = (Array.isArray(style) ? style : [style]).map((name) => {
    if (colors[name] === undefined) validateOneOf(name, 'format', Object.keys(colors));
    return colors[name];
  });
  if (!Array.isArray(style) && validateStream && !require('internal/util/colors').shouldColorize(stream)) return text;
  const left = pairs.map(([on]) => `\u001b[${on}m`).join('');
  const right = pairs.map(([, off]) => `\u001b[${off}m`).reverse().join('');
  return `${left}${text}${right}`;
}

/** Resolves when the signal aborts. */
async function aborted(signal, resource) {
  if (signal === undefined) throw new (codes().ERR_INVALID_ARG_TYPE)('signal', 'AbortSignal', signal);
  validators().validateAbortSignal(signal, 'signal');
  validators().validateObject(resource, 'resource');
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function getSystemErrorName(error) {
  validators().validateNumber(error, 'err');
  if (error >= 0 || !Number.isSafeInteger(error)) {
    throw new (codes().ERR_OUT_OF_RANGE)('err', 'a negative integer', error);
  }
  return require('internal/uv_errors').describe(error)[0];
}

/** The error of a failed call to a peer, with its address: `connect ECONNREFUSED 127.0.0.1:80`. */
function exceptionWithHostPort(errno, syscall, address, port, additional) {
  let details = '';
  if (port && port > 0) details = ` ${address}:${port}`;
  else if (address) details = ` ${address}`;
  if (additional) details += ` - Local (${additional})`;
  const error = require('internal/errors').errnoException(errno, syscall);
  error.message += details;
  error.address = address;
  if (port) error.port = port;
  return error;
}

function isError(value) {
  return types.isNativeError(value) || value instanceof Error;
}

function timestamp() {
  const now = new Date();
  const pad = (number) => String(number).padStart(2, '0');
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][now.getMonth()];
  return `${now.getDate()} ${month} ${pad(now.getHours())}:${pad(now.getMinutes())}:${pad(now.getSeconds())}`;
}

function extend(target, source) {
  return source === null || typeof source !== 'object' ? target : Object.assign(target, source);
}

const notImplemented = (name) => {
  throw new (codes().ERR_METHOD_NOT_IMPLEMENTED)(`util.${name}`);
};

module.exports = {
  _errnoException: (...args) => require('internal/errors').errnoException(...args),
  _exceptionWithHostPort: exceptionWithHostPort,
  _extend: extend,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  styleText,
  formatWithOptions,
  getSystemErrorMap: () => require('internal/uv_errors').errorMap(),
  getSystemErrorName,
  inherits,
  inspect,
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => require('buffer').Buffer.isBuffer(value),
  isDeepStrictEqual: (a, b) => require('internal/util/comparisons').isDeepStrictEqual(a, b),
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  isRegExp: types.isRegExp,
  isObject: (value) => value !== null && typeof value === 'object',
  isDate: types.isDate,
  isError,
  isFunction: (value) => typeof value === 'function',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  log: (...args) => console.log('%s - %s', timestamp(), format(...args)),
  promisify,
  stripVTControlCharacters(string) {
    validators().validateString(string, 'str');
    return stripVTControlCharacters(string);
  },
  toUSVString: (value) => `${value}`.toWellFormed(),
  transferableAbortSignal: () => notImplemented('transferableAbortSignal'),
  transferableAbortController: () => notImplemented('transferableAbortController'),
  aborted,
  types,
  parseEnv: (content) => require('internal/util/parse_env').parseEnv(content),
  parseArgs: (config) => require('internal/util/parse_args').parseArgs(config),
  get TextDecoder() { return require('internal/encoding').TextDecoder; },
  get TextEncoder() { return require('internal/encoding').TextEncoder; },
  MIMEType: class MIMEType {
    constructor() { notImplemented('MIMEType'); }
  },
  MIMEParams: class MIMEParams {
    constructor() { notImplemented('MIMEParams'); }
  },
};

// For the runtime's own modules: the names of a callback's values (see promisify).
Object.defineProperty(module.exports, 'customPromisifyArgs', { value: customPromisifyArgs });
