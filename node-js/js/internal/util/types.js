'use strict';
// util.types: what a value is by its internal slots, whatever its prototype says.
//
// The engine knows the class of every object. Where the binding offers it as a number
// (`classId`), the numbers are learnt once from sample objects; otherwise brand checks on
// the built-in methods answer the same questions more slowly.

const binding = internalBinding('util');
const classId = typeof binding.classId === 'function' ? binding.classId : undefined;

const uncurry = (fn) => Function.prototype.call.bind(fn);
const getterOf = (proto, name) => uncurry(Object.getOwnPropertyDescriptor(proto, name).get);

const toStringTag = uncurry(Object.prototype.toString);
const typedArrayTag = getterOf(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

// One sample, or more, of each class. The functions make the table cheap to load.
const samples = {
  Arguments: () => [(function () { return arguments; })(), Function('return arguments')()],
  ArrayBuffer: () => [new ArrayBuffer(0)],
  AsyncFunction: () => [async () => {}],
  AsyncGenerator: () => [(async function* () {})()],
  AsyncGeneratorFunction: () => [async function* () {}],
  BigInt: () => [Object(0n)],
  Boolean: () => [Object(false)],
  DataView: () => [new DataView(new ArrayBuffer(0))],
  Date: () => [new Date(0)],
  Error: () => [new Error()],
  Generator: () => [(function* () {})()],
  GeneratorFunction: () => [function* () {}],
  Map: () => [new Map()],
  MapIterator: () => [new Map().keys()],
  Number: () => [Object(0)],
  Promise: () => [Promise.resolve()],
  RegExp: () => [/x/],
  Set: () => [new Set()],
  SetIterator: () => [new Set().keys()],
  SharedArrayBuffer: () => (typeof SharedArrayBuffer === 'function' ? [new SharedArrayBuffer(0)] : []),
  String: () => [Object('')],
  Symbol: () => [Object(Symbol())],
  WeakMap: () => [new WeakMap()],
  WeakSet: () => [new WeakSet()],
};

// A fallback for the classes that no method can tell apart without side effects.
const tagged = (tag) => (value) => toStringTag(value) === `[object ${tag}]`;

// Answers whether `check`, a built-in method, accepts the value as its receiver.
function brand(check) {
  return (value) => {
    try {
      check(value);
      return true;
    } catch {
      return false;
    }
  };
}

function brandTable() {
  const mapHas = uncurry(WeakMap.prototype.has);
  const setHas = uncurry(WeakSet.prototype.has);
  const source = brand(getterOf(RegExp.prototype, 'source'));
  const valueOf = (constructor) => brand(uncurry(constructor.prototype.valueOf));
  return {
    Arguments: tagged('Arguments'),
    ArrayBuffer: brand(getterOf(ArrayBuffer.prototype, 'byteLength')),
    AsyncFunction: tagged('AsyncFunction'),
    AsyncGenerator: tagged('AsyncGenerator'),
    AsyncGeneratorFunction: tagged('AsyncGeneratorFunction'),
    BigInt: valueOf(BigInt),
    Boolean: valueOf(Boolean),
    DataView: brand(getterOf(DataView.prototype, 'byteLength')),
    Date: brand(uncurry(Date.prototype.getTime)),
    Error: typeof Error.isError === 'function' ? Error.isError : tagged('Error'),
    Generator: tagged('Generator'),
    GeneratorFunction: tagged('GeneratorFunction'),
    Map: brand(getterOf(Map.prototype, 'size')),
    MapIterator: tagged('Map Iterator'),
    Number: valueOf(Number),
    Promise: (value) => promiseState(value) !== undefined,
    RegExp: (value) => value !== RegExp.prototype && source(value),
    Set: brand(getterOf(Set.prototype, 'size')),
    SetIterator: tagged('Set Iterator'),
    SharedArrayBuffer: typeof SharedArrayBuffer === 'function' ?
      brand(getterOf(SharedArrayBuffer.prototype, 'byteLength')) : () => false,
    String: valueOf(String),
    Symbol: valueOf(Symbol),
    WeakMap: brand((value) => mapHas(value, binding)),
    WeakSet: brand((value) => setHas(value, binding)),
  };
}

// [state, value or reason] of a promise; undefined for anything else.
function promiseState(value) {
  if (typeof binding.promiseState !== 'function') return value instanceof Promise ? ['unknown'] : undefined;
  try {
    return binding.promiseState(value);
  } catch {
    return undefined;
  }
}

const isObjectLike = (value) => value !== null && (typeof value === 'object' || typeof value === 'function');

let names; // class id -> class name
let table; // class name -> brand check, where there are no class ids

// The name of the built-in class that made the object, of those in `samples`; else undefined.
function classOf(value) {
  if (!isObjectLike(value)) return undefined;
  if (classId !== undefined) {
    if (names === undefined) {
      names = new Map();
      for (const name of Object.keys(samples)) {
        for (const sample of samples[name]()) names.set(classId(sample), name);
      }
    }
    return names.get(classId(value));
  }
  if (isProxy(value)) return undefined;
  // An ordinary object, by its tag: spare it the brand checks, of which each would throw.
  if (value[Symbol.toStringTag] === undefined && toStringTag(value) === '[object Object]' &&
      Object.getPrototypeOf(value) !== null) return undefined;
  table ??= brandTable();
  for (const name of Object.keys(table)) {
    if (table[name](value)) return name;
  }
  return undefined;
}

const classCheck = (name) => (value) => classOf(value) === name;

const isTypedArray = (value) => isObjectLike(value) && typedArrayTag(value) !== undefined;
const typedArrayCheck = (name) => (value) => isObjectLike(value) && typedArrayTag(value) === name;

const isArrayBuffer = classCheck('ArrayBuffer');
const isSharedArrayBuffer = classCheck('SharedArrayBuffer');
const isDataView = classCheck('DataView');

function isModuleNamespaceObject(value) {
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== null) return false;
  const tag = Object.getOwnPropertyDescriptor(value, Symbol.toStringTag);
  return tag !== undefined && tag.value === 'Module' && !tag.writable && !tag.configurable &&
    !Object.isExtensible(value);
}

// [target, handler] of a proxy, [null, null] of a revoked one, undefined of anything else.
function proxyDetails(value) {
  if (typeof binding.proxyDetails !== 'function') return undefined;
  try {
    return binding.proxyDetails(value);
  } catch {
    return [null, null];
  }
}

function isProxy(value) {
  return isObjectLike(value) && proxyDetails(value) !== undefined;
}

module.exports = {
  isExternal: () => false,
  isDate: classCheck('Date'),
  isArgumentsObject: classCheck('Arguments'),
  isBigIntObject: classCheck('BigInt'),
  isBooleanObject: classCheck('Boolean'),
  isNumberObject: classCheck('Number'),
  isStringObject: classCheck('String'),
  isSymbolObject: classCheck('Symbol'),
  isNativeError: classCheck('Error'),
  isRegExp: classCheck('RegExp'),
  isAsyncFunction: (value) => /^Async(Generator)?Function$/.test(classOf(value)),
  isGeneratorFunction: (value) => /^(Async)?GeneratorFunction$/.test(classOf(value)),
  isGeneratorObject: (value) => /^(Async)?Generator$/.test(classOf(value)),
  isPromise: classCheck('Promise'),
  isMap: classCheck('Map'),
  isSet: classCheck('Set'),
  isMapIterator: classCheck('MapIterator'),
  isSetIterator: classCheck('SetIterator'),
  isWeakMap: classCheck('WeakMap'),
  isWeakSet: classCheck('WeakSet'),
  isArrayBuffer,
  isDataView,
  isSharedArrayBuffer,
  isProxy,
  isModuleNamespaceObject,
  isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
  isBoxedPrimitive: (value) => /^(Number|String|Boolean|BigInt|Symbol)$/.test(classOf(value)),
  isArrayBufferView: ArrayBuffer.isView,
  isTypedArray,
  isUint8Array: typedArrayCheck('Uint8Array'),
  isUint8ClampedArray: typedArrayCheck('Uint8ClampedArray'),
  isUint16Array: typedArrayCheck('Uint16Array'),
  isUint32Array: typedArrayCheck('Uint32Array'),
  isInt8Array: typedArrayCheck('Int8Array'),
  isInt16Array: typedArrayCheck('Int16Array'),
  isInt32Array: typedArrayCheck('Int32Array'),
  isFloat32Array: typedArrayCheck('Float32Array'),
  isFloat64Array: typedArrayCheck('Float64Array'),
  isBigInt64Array: typedArrayCheck('BigInt64Array'),
  isBigUint64Array: typedArrayCheck('BigUint64Array'),
  isKeyObject: () => false,
  isCryptoKey: () => false,
};

// For inspect and the deep comparison; not part of the public util.types.
Object.defineProperties(module.exports, {
  classOf: { value: classOf },
  promiseState: { value: promiseState },
  proxyDetails: { value: proxyDetails },
  typedArrayName: { value: (value) => (isObjectLike(value) ? typedArrayTag(value) : undefined) },
});
