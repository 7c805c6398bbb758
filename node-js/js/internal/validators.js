'use strict';

// Checks of arguments: each throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_OUT_OF_RANGE with Node's message.

const { codes } = require('internal/errors');

const kValidateObjectNone = 0;
const kValidateObjectAllowNullable = 1;
const kValidateObjectAllowArray = 2;
const kValidateObjectAllowFunction = 4;
const kValidateObjectAllowObjects = kValidateObjectAllowArray | kValidateObjectAllowFunction;
const kValidateObjectAllowObjectsAndNull = kValidateObjectAllowObjects | kValidateObjectAllowNullable;

const wrongType = (name, expected, value) => new codes.ERR_INVALID_ARG_TYPE(name, expected, value);

function checkType(value, name, type) {
  if (typeof value !== type) throw wrongType(name, type, value);
}

function validateString(value, name) { checkType(value, name, 'string'); }

function validateBoolean(value, name) { checkType(value, name, 'boolean'); }

/** Accepts any function; the type's name is `Function`, as for a class. */
function validateFunction(value, name) {
  if (typeof value !== 'function') throw wrongType(name, 'Function', value);
}

function validateNumber(value, name, min = undefined, max = undefined) {
  checkType(value, name, 'number');
  const bounded = min != null || max != null;
  if (!((min != null && value < min) || (max != null && value > max) || (bounded && Number.isNaN(value)))) return;
  const range = [];
  if (min != null) range.push(`>= ${min}`);
  if (max != null) range.push(`<= ${max}`);
  throw new codes.ERR_OUT_OF_RANGE(name, range.join(' && '), value);
}

function checkInteger(value, name, min, max) {
  checkType(value, name, 'number');
  if (!Number.isInteger(value)) throw new codes.ERR_OUT_OF_RANGE(name, 'an integer', value);
  if (value < min || value > max) throw new codes.ERR_OUT_OF_RANGE(name, `>= ${min} && <= ${max}`, value);
}

function validateInteger(value, name, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  checkInteger(value, name, min, max);
}

function validateInt32(value, name, min = -2147483648, max = 2147483647) {
  checkInteger(value, name, min, max);
}

function validateUint32(value, name, positive = false) {
  checkInteger(value, name, positive ? 1 : 0, 4294967295);
}

/** A file mode: a 32-bit number, or a string of octal digits. */
function parseFileMode(value, name, fallback) {
  let mode = value ?? fallback;
  if (typeof mode === 'string') {
    if (!/^[0-7]+$/.test(mode)) {
      throw new codes.ERR_INVALID_ARG_VALUE(name, value, 'must be a 32-bit unsigned integer or an octal string');
    }
    mode = Number.parseInt(mode, 8);
  }
  validateUint32(mode, name);
  return mode;
}

function validateOneOf(value, name, oneOf) {
  if (oneOf.includes(value)) return;
  const allowed = oneOf.map((item) => (typeof item === 'string' ? `'${item}'` : String(item))).join(', ');
  throw new codes.ERR_INVALID_ARG_VALUE(name, value, `must be one of: ${allowed}`);
}

/** `options` is a set of `kValidateObject*` flags: what else than a plain object passes. */
function validateObject(value, name, options = kValidateObjectNone) {
  const accepted = value === null ? (options & kValidateObjectAllowNullable) !== 0 :
    Array.isArray(value) ? (options & kValidateObjectAllowArray) !== 0 :
      typeof value === 'function' ? (options & kValidateObjectAllowFunction) !== 0 :
        typeof value === 'object';
  if (!accepted) throw wrongType(name, 'Object', value);
}

function validateDictionary(value, name) {
  if (value != null && typeof value !== 'object' && typeof value !== 'function') {
    throw wrongType(name, 'a dictionary', value);
  }
}

function validateArray(value, name, minLength = 0) {
  if (!Array.isArray(value)) throw wrongType(name, 'Array', value);
  if (value.length < minLength) {
    throw new codes.ERR_INVALID_ARG_VALUE(name, value, `must be longer than ${minLength}`);
  }
}

function validateEach(value, name, check) {
  validateArray(value, name);
  for (let i = 0; i < value.length; i++) check(value[i], `${name}[${i}]`);
}

function validateStringArray(value, name) { validateEach(value, name, validateString); }

function validateBooleanArray(value, name) { validateEach(value, name, validateBoolean); }

function validateAbortSignalArray(value, name) {
  validateArray(value, name);
  for (let i = 0; i < value.length; i++) {
    const itemName = `${name}[${i}]`;
    if (value[i] == null) throw wrongType(itemName, 'AbortSignal', value[i]);
    validateAbortSignal(value[i], itemName);
  }
}

/** Anything with an `aborted` property passes, and `undefined`. */
function validateAbortSignal(signal, name) {
  if (signal !== undefined && (signal === null || typeof signal !== 'object' || !('aborted' in signal))) {
    throw wrongType(name, 'AbortSignal', signal);
  }
}

function validateSignalName(signal, name = 'signal') {
  validateString(signal, name);
  const { signals } = require('os').constants;
  if (signals[signal] !== undefined) return;
  if (signals[signal.toUpperCase()] !== undefined) {
    throw new codes.ERR_UNKNOWN_SIGNAL(`${signal} (signals must use all capital letters)`);
  }
  throw new codes.ERR_UNKNOWN_SIGNAL(signal);
}

function validateBuffer(buffer, name = 'buffer') {
  if (!ArrayBuffer.isView(buffer)) throw wrongType(name, ['Buffer', 'TypedArray', 'DataView'], buffer);
}

function validateEncoding(data, encoding) {
  const { length } = data;
  if (length % 2 !== 0 && String(encoding).toLowerCase() === 'hex') {
    throw new codes.ERR_INVALID_ARG_VALUE('encoding', encoding, `is invalid for data of length ${length}`);
  }
}

/** The port as a number, from a number or a numeric string. */
function validatePort(port, name = 'Port', allowZero = true) {
  const numeric = typeof port === 'number' || (typeof port === 'string' && port.trim() !== '');
  const value = Number(port);
  if (!numeric || value !== value >>> 0 || value > 0xffff || (value === 0 && !allowZero)) {
    throw new codes.ERR_SOCKET_BAD_PORT(name, port, allowZero);
  }
  return value | 0;
}

function validateInternalField(object, fieldKey, className) {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, fieldKey)) {
    throw wrongType('this', className, object);
  }
}

function validatePlainFunction(value, name) { validateFunction(value, name); }

function validateUndefined(value, name) {
  if (value !== undefined) throw wrongType(name, 'undefined', value);
}

function validateUnion(value, name, union) {
  if (!union.includes(value)) throw wrongType(name, `('${union.join('|')}')`, value);
}

const isInt32 = (value) => value === (value | 0);
const isUint32 = (value) => value === (value >>> 0);

module.exports = {
  isInt32,
  isUint32,
  kValidateObjectNone,
  kValidateObjectAllowNullable,
  kValidateObjectAllowArray,
  kValidateObjectAllowFunction,
  kValidateObjectAllowObjects,
  kValidateObjectAllowObjectsAndNull,
  parseFileMode,
  validateAbortSignal,
  validateAbortSignalArray,
  validateArray,
  validateBoolean,
  validateBooleanArray,
  validateBuffer,
  validateDictionary,
  validateEncoding,
  validateFunction,
  validateInt32,
  validateInteger,
  validateInternalField,
  validateNumber,
  validateObject,
  validateOneOf,
  validatePlainFunction,
  validatePort,
  validateSignalName,
  validateString,
  validateStringArray,
  validateUint32,
  validateUndefined,
  validateUnion,
};
