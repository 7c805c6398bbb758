'use strict';
// The names that inspect gives to objects, functions and classes.

const { classOf, proxyDetails, typedArrayName } = require('internal/util/types');

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const isEnumerable = (object, key) => Object.prototype.propertyIsEnumerable.call(object, key);

let builtins;

function isBuiltin(name) {
  builtins ??= new Set((
    'Object Function Array Number Boolean String Symbol Date Promise RegExp Error AggregateError EvalError ' +
    'RangeError ReferenceError SyntaxError TypeError URIError ArrayBuffer Uint8Array Int8Array Uint16Array ' +
    'Int16Array Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array ' +
    'DataView Map BigInt Set WeakMap WeakSet WeakRef Proxy FinalizationRegistry SharedArrayBuffer Iterator'
  ).split(' '));
  return builtins.has(name);
}
// Whether the constructor made the object, as far as instanceof can tell without throwing.
function isInstance(object, constructor) {
  try {
    return object instanceof constructor;
  } catch {
    return false;
  }
}

// What stands before the opening brace: `Foo(2) [Tag] `, or for no prototype `[Foo(2): null prototype] `.
function prefix(constructor, tag, fallback, size = '') {
  if (constructor === null) {
    return `[${fallback}${size}: null prototype] ${tag !== '' && tag !== fallback ? `[${tag}] ` : ''}`;
  }
  return `${constructor}${size} ${tag !== '' && tag !== constructor ? `[${tag}] ` : ''}`;
}

const classHead = /^(\s+[^(]*?)\s*\{/;
const comments = /(\/\/.*?\n)|(\/\*(.|\n)*?\*\/)/g;

function isClass(source) {
  if (!source.startsWith('class') || !source.endsWith('}')) return false;
  const body = source.slice(5, -1);
  const brace = body.indexOf('{');
  return brace !== -1 &&
    (!body.slice(0, brace).includes('(') || classHead.test(body.replace(comments, '')));
}

function classBase(value, constructor, tag) {
  let base = `class ${(hasOwn(value, 'name') && value.name) || '(anonymous)'}`;
  if (constructor !== 'Function' && constructor !== null) base += ` [${constructor}]`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  if (constructor === null) {
    base += ' extends [null prototype]';
  } else {
    const { name } = Object.getPrototypeOf(value);
    if (name) base += ` extends ${name}`;
  }
  return `[${base}]`;
}

// The engine's own name for an object whose constructor can't be found.
function engineName(value) {
  if (typeof value === 'function') return 'Function';
  const name = Array.isArray(value) ? 'Array' : classOf(value) ?? typedArrayName(value);
  if (name !== undefined) return name;
  const tag = value[Symbol.toStringTag];
  const isTold = typeof tag === 'string' && tag !== '' &&
    (!hasOwn(value, Symbol.toStringTag) || isEnumerable(value, Symbol.toStringTag));
  return isTold ? tag : 'Object';
}

// `[Function: name]`, or for a class `[class A extends B]`; `nameText` writes a name that is no string.
function functionBase(value, className, constructor, tag, nameText) {
  const source = Function.prototype.toString.call(value);
  if (isClass(source)) return classBase(value, constructor, tag);
  const type = className === undefined ? 'Function' : className;
  let base = `[${type}`;
  if (constructor === null) base += ' (null prototype)';
  const { name } = value;
  if (name === '') base += ' (anonymous)';
  else base += `: ${typeof name === 'string' ? name : nameText(name)}`;
  base += ']';
  if (constructor !== type && constructor !== null) base += ` ${constructor}`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  return base;
}

// Whether %s may leave the object to inspect: it has no toString that a program wrote.
function hasBuiltinToString(value) {
  let details;
  while ((details = proxyDetails(value)) !== undefined) {
    if (details[0] === null) return true;
    value = details[0];
  }
  if (typeof value[Symbol.toPrimitive] === 'function' && classOf(value) !== 'Date') return false;
  if (typeof value.toString !== 'function') return true;
  if (hasOwn(value, 'toString')) return false;
  let owner = value;
  do {
    owner = Object.getPrototypeOf(owner);
  } while (!hasOwn(owner, 'toString'));
  const descriptor = Object.getOwnPropertyDescriptor(owner, 'constructor');
  return descriptor !== undefined && typeof descriptor.value === 'function' && isBuiltin(descriptor.value.name);
}

module.exports = {
  engineName, functionBase, hasBuiltinToString, isBuiltin, isInstance, prefix,
};
