'use strict';

// What `spawn` and its kin are called with, in the native side's form.

const { codes, notImplemented } = require('internal/errors');
const { validateObject, validateString, validateBoolean, validateInt32, validateAbortSignal } = require('internal/validators');

const names = new Map();

/** The name of a signal's number. */
function signalName(number) {
  if (number === null || number === undefined) return null;
  if (names.size === 0) {
    for (const [name, value] of Object.entries(require('os').constants.signals)) {
      if (!names.has(value)) names.set(value, name);
    }
  }
  return names.get(number) ?? null;
}

/** The number of a signal, which may be a name in any case, or a number that has one. */
function signalNumber(signal) {
  const { signals } = require('os').constants;
  if (typeof signal === 'number' && signalName(signal) !== null) return signal;
  if (typeof signal === 'string' && signals[signal.toUpperCase()] !== undefined) return signals[signal.toUpperCase()];
  throw new codes.ERR_UNKNOWN_SIGNAL(signal);
}

function sanitizeKillSignal(signal) {
  if (typeof signal === 'string' || typeof signal === 'number') return signalNumber(signal);
  if (signal !== null && signal !== undefined) {
    throw new codes.ERR_INVALID_ARG_TYPE('options.killSignal', ['string', 'number'], signal);
  }
  return undefined;
}

function stdioOf(stdio) {
  if (stdio === undefined || stdio === null) return ['pipe', 'pipe', 'pipe'];
  if (typeof stdio === 'string') {
    if (stdio === 'overlapped') stdio = 'pipe';
    if (!['ignore', 'pipe', 'inherit'].includes(stdio)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);
    return [stdio, stdio, stdio];
  }
  if (!Array.isArray(stdio)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);
  const places = stdio.map((place, fd) => {
    if (place === undefined || place === null) return fd < 3 ? 'pipe' : 'ignore';
    if (place === 'pipe' || place === 'overlapped') return 'pipe';
    if (place === 'ignore' || place === 'inherit') return place;
    if (place === 'ipc') throw notImplemented("child_process.spawn() with 'ipc' in its stdio");
    if (typeof place === 'number' && place >= 0) return place;
    if (typeof place.fd === 'number') return place.fd;
    throw new codes.ERR_INVALID_ARG_VALUE('stdio', place);
  });
  while (places.length < 3) places.push('pipe');
  return places;
}

function checkNoNul(text, name) {
  if (typeof text === 'string' && text.includes('\0')) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, text, 'must be a string without null bytes');
  }
}

function optional(options, name, validate) {
  if (options[name] !== undefined && options[name] !== null) validate(options[name], `options.${name}`);
}

/** As Node's `normalizeSpawnArguments`. */
function normalize(file, args, options) {
  validateString(file, 'file');
  checkNoNul(file, 'file');
  if (file.length === 0) throw new codes.ERR_INVALID_ARG_VALUE('file', file, 'cannot be empty');
  if (Array.isArray(args)) {
    args = args.slice();
  } else if (args === undefined || args === null) {
    args = [];
  } else if (typeof args !== 'object') {
    throw new codes.ERR_INVALID_ARG_TYPE('args', 'object', args);
  } else {
    options = args;
    args = [];
  }
  args = args.map((arg, at) => {
    const text = `${arg}`;
    checkNoNul(text, `args[${at}]`);
    return text;
  });
  if (options === undefined) options = {};
  else validateObject(options, 'options');
  let { cwd } = options;
  if (cwd !== undefined && cwd !== null) {
    if (typeof cwd === 'object' && cwd.href !== undefined) cwd = require('url').fileURLToPath(cwd);
    validateString(cwd, 'options.cwd');
    checkNoNul(cwd, 'options.cwd');
  }
  optional(options, 'detached', validateBoolean);
  optional(options, 'uid', validateInt32);
  optional(options, 'gid', validateInt32);
  optional(options, 'argv0', validateString);
  if (options.signal !== undefined) validateAbortSignal(options.signal, 'options.signal');
  const { shell } = options;
  if (shell !== undefined && shell !== null && typeof shell !== 'boolean' && typeof shell !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('options.shell', ['boolean', 'string'], shell);
  }
  if (shell) {
    args = ['-c', [file, ...args].join(' ')];
    file = typeof shell === 'string' ? shell : '/bin/sh';
  }
  const env = [];
  const variables = options.env || process.env;
  for (const name in variables) {
    const value = variables[name];
    if (value === undefined) continue;
    checkNoNul(name, `options.env['${name}']`);
    checkNoNul(`${value}`, `options.env['${name}']`);
    env.push([name, `${value}`]);
  }
  const number = (value) => (value === undefined || value === null ? undefined : value);
  return {
    file,
    args,
    spawnargs: [options.argv0 ?? file, ...args],
    signal: options.signal,
    native: {
      file,
      args,
      cwd: cwd ?? undefined,
      env,
      argv0: options.argv0 ?? undefined,
      stdio: stdioOf(options.stdio),
      detached: !!options.detached,
      uid: number(options.uid),
      gid: number(options.gid),
    },
  };
}

/** Whole milliseconds from zero on; `undefined` for none. */
function validateTimeout(timeout) {
  if (timeout !== undefined && timeout !== null && !(Number.isInteger(timeout) && timeout >= 0)) {
    throw new codes.ERR_OUT_OF_RANGE('timeout', 'an unsigned integer', timeout);
  }
  return timeout ?? undefined;
}

function validateMaxBuffer(maxBuffer) {
  if (maxBuffer !== undefined && maxBuffer !== null && !(typeof maxBuffer === 'number' && maxBuffer >= 0)) {
    throw new codes.ERR_OUT_OF_RANGE('options.maxBuffer', 'a positive number', maxBuffer);
  }
}

module.exports = { normalize, sanitizeKillSignal, signalName, signalNumber, validateMaxBuffer, validateTimeout };
