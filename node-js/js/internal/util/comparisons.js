'use strict';
// Deep equality: `deepEqual` compares as ==, `isDeepStrictEqual` as Object.is and with prototypes.

const { classOf, typedArrayName } = require('internal/util/types');

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const isEnumerable = (object, key) => Object.prototype.propertyIsEnumerable.call(object, key);
const isObject = (value) => value !== null && typeof value === 'object';
const tagOf = (value) => Object.prototype.toString.call(value);

const boxes = { Number, String, Boolean, BigInt, Symbol };

// The pairs under comparison: meeting one again, deeper down, means that two cycles match so far.
class Memo {
  #pairs = new Map();

  has(a, b) {
    return this.#pairs.get(a)?.has(b) === true;
  }

  add(a, b) {
    const partners = this.#pairs.get(a);
    if (partners === undefined) this.#pairs.set(a, new Set([b]));
    else partners.add(b);
  }

  remove(a, b) {
    this.#pairs.get(a).delete(b);
  }
}

function deep(a, b, strict, memo) {
  if (a === b) return a !== 0 || !strict || Object.is(a, b);
  if (strict) {
    if (!isObject(a) || !isObject(b)) return typeof a === 'number' && Number.isNaN(a) && Number.isNaN(b);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  } else {
    if (!isObject(a)) return !isObject(b) && (a == b || (a !== a && b !== b)); // eslint-disable-line eqeqeq
    if (!isObject(b)) return false;
  }
  if (tagOf(a) !== tagOf(b)) return false;

  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    const keys = namedKeys(a, a.length);
    if (keys.length !== namedKeys(b, b.length).length) return false;
    return sameContents(a, b, strict, memo, keys, compareElements);
  }
  if (Array.isArray(b)) return false;

  const name = classOf(a) ?? typedArrayName(a);
  if (name !== (classOf(b) ?? typedArrayName(b))) return false;
  switch (name) {
    case 'Date':
      if (Date.prototype.getTime.call(a) !== Date.prototype.getTime.call(b)) return false;
      break;
    case 'RegExp':
      if (a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) return false;
      break;
    case 'Error':
      if (!sameError(a, b, strict, memo)) return false;
      break;
    case 'Set':
      return a.size === b.size && sameContents(a, b, strict, memo, undefined, compareSets);
    case 'Map':
      return a.size === b.size && sameContents(a, b, strict, memo, undefined, compareMaps);
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      if (!sameBytes(new Uint8Array(a), new Uint8Array(b))) return false;
      break;
    case 'DataView':
      if (!sameBytes(bytesOf(a), bytesOf(b))) return false;
      break;
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
    case 'Symbol': {
      const { valueOf } = boxes[name].prototype;
      if (!Object.is(valueOf.call(a), valueOf.call(b))) return false;
      break;
    }
    default:
      if (typedArrayName(a) !== undefined) {
        const isSame = !strict && /^Float/.test(name) ? sameNumbers(a, b) : sameBytes(bytesOf(a), bytesOf(b));
        if (!isSame) return false;
        const keys = namedKeys(a, a.length);
        return keys.length === namedKeys(b, b.length).length && sameContents(a, b, strict, memo, keys);
      }
      if (!name && isInstance(a, Error)) {
        if (!isInstance(b, Error) || !sameError(a, b, strict, memo)) return false;
      }
  }
  return sameContents(a, b, strict, memo);
}

function isInstance(value, constructor) {
  try {
    return value instanceof constructor;
  } catch {
    return false;
  }
}

// `cause` and `errors` count although they are not enumerable.
function sameError(a, b, strict, memo) {
  if (a.message !== b.message || a.name !== b.name) return false;
  return ['cause', 'errors'].every((key) => hasOwn(a, key) === hasOwn(b, key) &&
    (!hasOwn(a, key) || deep(a[key], b[key], strict, memo)));
}

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function sameNumbers(a, b) {
  return a.length === b.length && a.every((number, i) => number === b[i] || (number !== number && b[i] !== b[i]));
}

// The enumerable keys of an array that are no indices.
function namedKeys(array, length) {
  const keys = Object.keys(array);
  let first = Math.min(keys.length, length);
  while (first > 0 && !/^(?:0|[1-9]\d*)$/.test(keys[first - 1])) first--;
  return keys.slice(first);
}

// Own enumerable keys, then `contents`, then the properties; symbols count in the strict comparison only.
function sameContents(a, b, strict, memo, keys, contents) {
  if (keys === undefined) {
    keys = Object.keys(a);
    if (keys.length !== Object.keys(b).length) return false;
  }
  for (const key of keys) {
    if (!hasOwn(b, key)) return false;
  }
  if (strict) {
    const symbols = Object.getOwnPropertySymbols(a).filter((symbol) => isEnumerable(a, symbol));
    const others = Object.getOwnPropertySymbols(b).filter((symbol) => isEnumerable(b, symbol));
    if (symbols.length !== others.length || !symbols.every((symbol) => isEnumerable(b, symbol))) return false;
    if (symbols.length !== 0) keys = [...keys, ...symbols];
  }
  if (memo.has(a, b)) return true;
  memo.add(a, b);
  const result = (contents === undefined || contents(a, b, strict, memo)) &&
    keys.every((key) => deep(a[key], b[key], strict, memo));
  memo.remove(a, b);
  return result;
}

function compareElements(a, b, strict, memo) {
  for (let i = 0; i < a.length; i++) {
    const has = hasOwn(a, i);
    if (has !== hasOwn(b, i)) return false;
    if (has && !deep(a[i], b[i], strict, memo)) return false;
  }
  return true;
}

// Whether a value may equal one that `has` does not find: objects, and in the loose comparison what == converts.
function mayMatchAnother(value, strict) {
  if (isObject(value)) return true;
  if (strict) return false;
  switch (typeof value) {
    case 'symbol': return false;
    case 'string': return !Number.isNaN(+value);
    case 'number': return !Number.isNaN(value);
    default: return true;
  }
}

// Takes each of `values` to a partner of its own in `candidates`, by `same`.
function pairOff(values, candidates, same) {
  for (const value of values) {
    let found = false;
    for (const candidate of candidates) {
      if (same(value, candidate)) {
        candidates.delete(candidate);
        found = true;
        break;
      }
    }
    if (!found) return false;
  }
  return true;
}

function compareSets(a, b, strict, memo) {
  const open = [];
  for (const value of a) {
    if (b.has(value)) continue;
    if (!mayMatchAnother(value, strict)) return false;
    open.push(value);
  }
  if (open.length === 0) return true;
  const candidates = new Set();
  for (const value of b) {
    if (!a.has(value)) candidates.add(value);
  }
  return pairOff(open, candidates, (x, y) => deep(x, y, strict, memo));
}

function compareMaps(a, b, strict, memo) {
  const open = [];
  for (const [key, value] of a) {
    if (b.has(key)) {
      if (!deep(value, b.get(key), strict, memo)) return false;
      continue;
    }
    if (!mayMatchAnother(key, strict)) return false;
    open.push([key, value]);
  }
  if (open.length === 0) return true;
  const candidates = new Set();
  for (const entry of b) {
    if (!a.has(entry[0])) candidates.add(entry);
  }
  return pairOff(open, candidates, ([k1, v1], [k2, v2]) => deep(k1, k2, strict, memo) && deep(v1, v2, strict, memo));
}

const isDeepEqual = (a, b) => deep(a, b, false, new Memo());
const isDeepStrictEqual = (a, b) => deep(a, b, true, new Memo());

module.exports = { isDeepEqual, isDeepStrictEqual };
