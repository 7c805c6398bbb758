'use strict';

// The structured clone algorithm, for the types that exist here.

function dataCloneError(value) {
  const { DOMException } = require('internal/errors');
  let text;
  try {
    text = typeof value === 'symbol' ? value.toString() : typeof value === 'function' ? Function.prototype.toString.call(value) : '#<Object>';
  } catch {
    text = '#<Object>';
  }
  return new DOMException(`${text} could not be cloned.`, 'DataCloneError');
}

const errorTypes = new Map([
  ['EvalError', EvalError], ['RangeError', RangeError], ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError], ['TypeError', TypeError], ['URIError', URIError],
]);

function clone(value, seen) {
  if (typeof value === 'symbol' || typeof value === 'function') throw dataCloneError(value);
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const remember = (copy) => { seen.set(value, copy); return copy; };
  const { types } = require('util');

  if (types.isBoxedPrimitive(value)) {
    if (types.isSymbolObject(value)) throw dataCloneError(value);
    return remember(Object(value.valueOf()));
  }
  if (types.isDate(value)) return remember(new Date(value.getTime()));
  if (types.isRegExp(value)) return remember(new RegExp(value.source, value.flags));
  if (types.isAnyArrayBuffer(value)) return remember(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    const buffer = clone(value.buffer, seen);
    const Type = types.isDataView(value) ? DataView : globalThis[value[Symbol.toStringTag]];
    return remember(new Type(buffer, value.byteOffset, types.isDataView(value) ? value.byteLength : value.length));
  }
  if (types.isMap(value)) {
    const copy = remember(new Map());
    for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen));
    return copy;
  }
  if (types.isSet(value)) {
    const copy = remember(new Set());
    for (const item of [...value]) copy.add(clone(item, seen));
    return copy;
  }
  if (types.isNativeError(value)) {
    const Type = errorTypes.get(String(value.name)) ?? Error;
    const error = remember(new Type(value.message === undefined ? undefined : String(value.message)));
    if (typeof value.stack === 'string') Object.defineProperty(error, 'stack', { value: value.stack, writable: true, configurable: true, enumerable: false });
    if ('cause' in value) Object.defineProperty(error, 'cause', { value: clone(value.cause, seen), writable: true, configurable: true, enumerable: false });
    return error;
  }
  if (types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value) || types.isGeneratorObject(value)) {
    throw dataCloneError(value);
  }
  const copy = remember(Array.isArray(value) ? new Array(value.length) : {});
  for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
  return copy;
}

function structuredClone(value, options) {
  if (arguments.length === 0) {
    const { codes } = require('internal/errors');
    throw new codes.ERR_MISSING_ARGS('The "value" argument must be specified');
  }
  if (options?.transfer?.length > 0) {
    throw require('internal/errors').notImplemented('structuredClone() with transfer');
  }
  return clone(value, new Map());
}

module.exports = { structuredClone };
