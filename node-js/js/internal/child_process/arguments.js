'use strict';

// What `spawn` and its kin are called with, in the native side's form.

const { codes } = require('internal/errors');
const { validateObject, validateString, validateBoolean } = require('internal/validators');

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

function stdioOf(stdio, sync) {
  if (stdio === undefined || stdio === null) return ['pipe', 'pipe', 'pipe'];
  if (typeof stdio === 'string') {
    if (stdio === 'overlapped') stdio = 'pipe';
    if (!['ignore', 'pipe', 'inherit'].includes(stdio)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);
    return [stdio, stdio, stdio];
  }
  if (!Array.isArray(stdio)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', stdio);
  let hasChannel = false;
  const places = stdio.map((place, fd) => {
    if (place === undefined || place === null) return fd < 3 ? 'pipe' : 'ignore';
    if (place === 'pipe' || place === 'overlapped') return 'pipe';
    if (place === 'ignore' || place === 'inherit') return place;
    if (place === 'ipc') {
      if (sync) throw new codes.ERR_IPC_SYNC_FORK();
      if (hasChannel) throw new codes.ERR_IPC_ONE_PIPE();
      hasChannel = true;
      return place;
    }
    if (typeof place === 'number' && place >= 0) return place;
    if (typeof place.fd === 'number') return place.fd;
    if (!sync && (typeof place === 'string' || ArrayBuffer.isView(place))) {
      throw new codes.ERR_INVALID_SYNC_FORK_INPUT(require('util').inspect(place));
    }
    throw new codes.ERR_INVALID_ARG_VALUE('stdio', place);
  });
  while (places.length < 3) places.push('pipe');
  return places;
}

function validateInt(value, name) {
  if (value !== undefined && value !== null && value !== (value | 0)) throw new codes.ERR_INVALID_ARG_TYPE(name, 'int32', value);
}

/** Name and value of what stands in an environment: the first `=` is between them. */
function pairOf(entry) {
  const at = entry.indexOf('=');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

function checkNoNul(text, name) {
  if (typeof text === 'string' && text.includes('\0')) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, text, 'must be a string without null bytes');
  }
}

function validateText(text, name) {
  validateString(text, name);
  checkNoNul(text, name);
}

function optional(options, name, validate) {
  if (options[name] !== undefined && options[name] !== null) validate(options[name], `options.${name}`);
}

/** As Node's `normalizeSpawnArguments`. */
function normalize(file, args, options, sync = false) {
  validateText(file, 'file');
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
    else if (ArrayBuffer.isView(cwd)) cwd = Buffer.from(cwd.buffer, cwd.byteOffset, cwd.byteLength).toString();
    if (typeof cwd !== 'string') throw new codes.ERR_INVALID_ARG_TYPE('options.cwd', ['string', 'Buffer', 'URL'], cwd);
    checkNoNul(cwd, 'options.cwd');
  }
  optional(options, 'detached', validateBoolean);
  validateInt(options.uid, 'options.uid');
  validateInt(options.gid, 'options.gid');
  optional(options, 'argv0', validateString);
  optional(options, 'windowsHide', validateBoolean);
  optional(options, 'windowsVerbatimArguments', validateBoolean);
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
    env.push(pairOf(`${name}=${value}`));
  }
  const number = (value) => (value === undefined || value === null ? undefined : value);
  return {
    file,
    args,
    spawnargs: [options.argv0 ?? file, ...args],
    signal: options.signal,
    serialization: options.serialization,
    native: {
      file,
      args,
      cwd: cwd ?? undefined,
      env,
      argv0: options.argv0 ?? undefined,
      stdio: stdioOf(options.stdio, sync),
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

module.exports = {
  normalize, pairOf, sanitizeKillSignal, signalName, signalNumber, stdioOf, validateMaxBuffer, validateText, validateTimeout,
};
