'use strict';
// The assert module.

const { inspect } = require('internal/util/inspect');
const { isPromise, isRegExp } = require('internal/util/types');

const codes = () => require('internal/errors').codes;
const comparisons = () => require('internal/util/comparisons');
const assertionError = () => require('internal/assert/assertion_error').AssertionError;

// Throws the program's own error, or an AssertionError with its message.
function fails(options) {
  if (options.message instanceof Error) throw options.message;
  throw new (assertionError())(options);
}

function requireTwo(args) {
  if (args.length < 2) throw new (codes().ERR_MISSING_ARGS)('actual', 'expected');
}

function checkTruth(fn, args) {
  const [value, message] = args;
  if (value) return;
  if (message instanceof Error) throw message;
  let text = message;
  let generated = false;
  if (args.length === 0) {
    generated = true;
    text = 'No value argument passed to `assert.ok()`';
  } else if (message === undefined || message === null) {
    generated = true;
    text = require('internal/assert/expression').falsyMessage(fn);
  }
  const error = new (assertionError())({
    actual: value, expected: true, message: text, operator: '==', stackStartFn: fn,
  });
  error.generatedMessage = generated;
  throw error;
}

/** assert(value[, message]), the same as assert.ok. */
function assert(...args) {
  checkTruth(assert, args);
}

function ok(...args) {
  checkTruth(ok, args);
}

function fail(actual, expected, message, operator, stackStartFn) {
  const count = arguments.length;
  if (count > 1) {
    if (!fail.warned) {
      fail.warned = true;
      process.emitWarning(
        'assert.fail() with more than one argument is deprecated. Please use assert.strictEqual() instead or only ' +
        'pass a message.', 'DeprecationWarning', 'DEP0094');
    }
    if (count === 2) operator = '!=';
  }
  if (count <= 1) {
    const isDefault = actual === undefined || actual === null;
    if (actual instanceof Error) throw actual;
    const error = new (assertionError())({
      message: isDefault ? 'Failed' : actual, operator: 'fail', stackStartFn: fail,
    });
    error.generatedMessage = isDefault;
    throw error;
  }
  if (message instanceof Error) throw message;
  const options = { actual, expected, operator: operator === undefined ? 'fail' : operator };
  options.stackStartFn = stackStartFn || fail;
  if (message !== undefined) options.message = message;
  const error = new (assertionError())(options);
  error.generatedMessage = message === undefined;
  throw error;
}

Object.defineProperty(fail, 'warned', { value: false, writable: true });

// Makes an assertion of two values: `holds` compares them.
function comparison(name, operator, holds) {
  const fn = {
    [name](actual, expected, message) {
      requireTwo(arguments);
      if (!holds(actual, expected)) fails({ actual, expected, message, operator, stackStartFn: fn });
    },
  }[name];
  return fn;
}

/* eslint-disable eqeqeq */
const looseEqual = (a, b) => a == b || (a !== a && b !== b);
const equal = comparison('equal', '==', looseEqual);
const notEqual = comparison('notEqual', '!=', (a, b) => !looseEqual(a, b));
/* eslint-enable eqeqeq */
const strictEqual = comparison('strictEqual', 'strictEqual', Object.is);
const notStrictEqual = comparison('notStrictEqual', 'notStrictEqual', (a, b) => !Object.is(a, b));
const deepEqual = comparison('deepEqual', 'deepEqual', (a, b) => comparisons().isDeepEqual(a, b));
const notDeepEqual = comparison('notDeepEqual', 'notDeepEqual', (a, b) => !comparisons().isDeepEqual(a, b));
const deepStrictEqual = comparison('deepStrictEqual', 'deepStrictEqual',
  (a, b) => comparisons().isDeepStrictEqual(a, b));
const notDeepStrictEqual = comparison('notDeepStrictEqual', 'notDeepStrictEqual',
  (a, b) => !comparisons().isDeepStrictEqual(a, b));

// ---- Exceptions ----

// What the message about an expected object shows: the keys compared, of the actual error and of the expected.
class Comparison {
  constructor(object, keys, actual) {
    for (const key of keys) {
      if (!(key in object)) continue;
      const isMatched = actual !== undefined && typeof actual[key] === 'string' && isRegExp(object[key]) &&
        object[key].exec(actual[key]) !== null;
      this[key] = isMatched ? actual[key] : object[key];
    }
  }
}

function compareProperty(actual, expected, key, message, keys, fn) {
  if (key in actual && comparisons().isDeepStrictEqual(actual[key], expected[key])) return;
  if (key in actual && isRegExp(expected[key]) && typeof actual[key] === 'string' &&
      expected[key].exec(actual[key]) !== null) return;
  if (message) fails({ actual, expected, message, operator: fn.name, stackStartFn: fn });
  const error = new (assertionError())({
    actual: new Comparison(actual, keys),
    expected: new Comparison(expected, keys, actual),
    operator: 'deepStrictEqual',
    stackStartFn: fn,
  });
  Object.assign(error, { actual, expected, operator: fn.name, generatedMessage: true });
  throw error;
}

function failValidation(actual, expected, message, generated, fn) {
  const error = new (assertionError())({ actual, expected, message, operator: fn.name, stackStartFn: fn });
  error.generatedMessage = generated;
  throw error;
}

// Checks a caught error against a class, a regular expression, an object or a validation function.
function checkException(actual, expected, message, fn) {
  let text = message;
  if (typeof expected !== 'function') {
    if (isRegExp(expected)) {
      const string = String(actual);
      if (expected.exec(string) !== null) return;
      text ??= `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(string)}\n`;
    } else if (typeof actual !== 'object' || actual === null) {
      const error = new (assertionError())({
        actual, expected, message, operator: 'deepStrictEqual', stackStartFn: fn,
      });
      error.operator = fn.name;
      throw error;
    } else {
      const keys = Object.keys(expected);
      if (expected instanceof Error) keys.push('name', 'message');
      if (keys.length === 0) {
        throw new (codes().ERR_INVALID_ARG_VALUE)('error', expected, 'may not be an empty object');
      }
      for (const key of keys) compareProperty(actual, expected, key, message, keys, fn);
      return;
    }
  } else {
    if (expected.prototype !== undefined && actual instanceof expected) return;
    if (Object.prototype.isPrototypeOf.call(Error, expected) || expected === Error) {
      if (message === undefined) {
        text = `The error is expected to be an instance of "${expected.name}". Received `;
        if (actual instanceof Error) text += `"${actual.name}"`;
        else text += `"${inspect(actual, { depth: -1 })}"`;
        if (actual instanceof Error) text += `\n\nError message:\n\n${actual.message}`;
      }
    } else {
      const result = Reflect.apply(expected, {}, [actual]);
      if (result === true) return;
      if (message === undefined) {
        const name = expected.name ? `"${expected.name}" ` : '';
        text = `The ${name}validation function is expected to return "true". Received ${inspect(result)}`;
        if (actual instanceof Error) text += `\n\nCaught error:\n\n${actual}`;
      }
    }
  }
  if (message instanceof Error) throw message;
  failValidation(actual, expected, text, message === undefined, fn);
}

const nothing = Symbol('no exception');

function caught(fn) {
  require('internal/validators').validateFunction(fn, 'fn');
  try {
    fn();
  } catch (error) {
    return error;
  }
  return nothing;
}

async function rejection(promiseOrFunction) {
  let promise = promiseOrFunction;
  if (typeof promiseOrFunction === 'function') {
    promise = promiseOrFunction();
    if (!isThenable(promise)) {
      throw new (codes().ERR_INVALID_RETURN_VALUE)('instance of Promise', 'promiseFn', promise);
    }
  } else if (!isThenable(promise)) {
    throw new (codes().ERR_INVALID_ARG_TYPE)('promiseFn', ['Function', 'Promise'], promiseOrFunction);
  }
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return nothing;
}

function isThenable(value) {
  return isPromise(value) || (value !== null && typeof value === 'object' &&
    typeof value.then === 'function' && typeof value.catch === 'function');
}

function expectException(fn, actual, args) {
  let [error, message] = args;
  if (typeof error === 'string') {
    if (args.length === 2) {
      throw new (codes().ERR_INVALID_ARG_TYPE)('error', ['Object', 'Error', 'Function', 'RegExp'], error);
    }
    if (typeof actual === 'object' && actual !== null) {
      if (actual.message === error) {
        throw new (codes().ERR_AMBIGUOUS_ARGUMENT)('error/message',
          `The error message "${actual.message}" is identical to the message.`);
      }
    } else if (actual === error) {
      throw new (codes().ERR_AMBIGUOUS_ARGUMENT)('error/message',
        `The error "${actual}" is identical to the message.`);
    }
    message = error;
    error = undefined;
  } else if (error !== undefined && error !== null && typeof error !== 'object' && typeof error !== 'function') {
    throw new (codes().ERR_INVALID_ARG_TYPE)('error', ['Object', 'Error', 'Function', 'RegExp'], error);
  }
  if (actual === nothing) {
    const details = `${error && error.name ? ` (${error.name})` : ''}${message ? `: ${message}` : '.'}`;
    const kind = fn === rejects ? 'rejection' : 'exception';
    fails({
      actual: undefined, expected: error, operator: fn.name,
      message: `Missing expected ${kind}${details}`, stackStartFn: fn,
    });
  }
  if (error) checkException(actual, error, message, fn);
}

function expectNone(fn, actual, error, message) {
  if (actual === nothing) return;
  if (typeof error === 'string') {
    message = error;
    error = undefined;
  }
  if (!error || matchesException(actual, error)) {
    const kind = fn === doesNotReject ? 'rejection' : 'exception';
    fails({
      actual,
      expected: error,
      operator: fn.name,
      message: `Got unwanted ${kind}${message ? `: ${message}` : '.'}\nActual message: "${actual && actual.message}"`,
      stackStartFn: fn,
    });
  }
  throw actual;
}

function matchesException(actual, expected) {
  if (typeof expected !== 'function') {
    if (isRegExp(expected)) return expected.exec(String(actual)) !== null;
    throw new (codes().ERR_INVALID_ARG_TYPE)('expected', ['Function', 'RegExp'], expected);
  }
  if (expected.prototype !== undefined && actual instanceof expected) return true;
  if (Object.prototype.isPrototypeOf.call(Error, expected)) return false;
  return Reflect.apply(expected, {}, [actual]) === true;
}

function throws(fn, ...args) {
  expectException(throws, caught(fn), args);
}

async function rejects(promiseFn, ...args) {
  expectException(rejects, await rejection(promiseFn), args);
}

function doesNotThrow(fn, ...args) {
  expectNone(doesNotThrow, caught(fn), ...args);
}

async function doesNotReject(fn, ...args) {
  expectNone(doesNotReject, await rejection(fn), ...args);
}

function ifError(value) {
  if (value === null || value === undefined) return;
  let message = 'ifError got unwanted exception: ';
  if (typeof value === 'object' && typeof value.message === 'string') {
    message += value.message.length === 0 && value.constructor ? value.constructor.name : value.message;
  } else {
    message += inspect(value);
  }
  const error = new (assertionError())({
    actual: value, expected: null, operator: 'ifError', message, stackStartFn: ifError,
  });
  error.generatedMessage = false;
  throw error;
}

// ---- Patterns ----

function checkMatch(string, regexp, message, fn) {
  if (!isRegExp(regexp)) throw new (codes().ERR_INVALID_ARG_TYPE)('regexp', 'RegExp', regexp);
  const wanted = fn === match;
  if (typeof string === 'string' && (regexp.exec(string) !== null) === wanted) return;
  if (message instanceof Error) throw message;
  let text = message;
  if (!message) {
    if (typeof string !== 'string') {
      text = `The "string" argument must be of type string. Received type ${typeof string} (${inspect(string)})`;
    } else {
      const failure = wanted ? 'did not match' : 'was expected to not match';
      text = `The input ${failure} the regular expression ${inspect(regexp)}. Input:\n\n${inspect(string)}\n`;
    }
  }
  const error = new (assertionError())({
    actual: string, expected: regexp, message: text, operator: fn.name, stackStartFn: fn,
  });
  error.generatedMessage = !message;
  throw error;
}

function match(string, regexp, message) {
  checkMatch(string, regexp, message, match);
}

function doesNotMatch(string, regexp, message) {
  checkMatch(string, regexp, message, doesNotMatch);
}

/** assert.strict: the loose assertions replaced by the strict. */
function strict(...args) {
  checkTruth(strict, args);
}

const methods = {
  fail,
  ok,
  equal,
  notEqual,
  deepEqual,
  notDeepEqual,
  deepStrictEqual,
  notDeepStrictEqual,
  strictEqual,
  notStrictEqual,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  ifError,
  match,
  doesNotMatch,
};

for (const target of [assert, strict]) {
  Object.assign(target, methods);
  Object.defineProperty(target, 'AssertionError', {
    get: assertionError, enumerable: true, configurable: true,
  });
  target.CallTracker = class CallTracker {
    constructor() { throw new (codes().ERR_METHOD_NOT_IMPLEMENTED)('assert.CallTracker'); }
  };
}
Object.assign(strict, {
  equal: strictEqual, deepEqual: deepStrictEqual, notEqual: notStrictEqual, notDeepEqual: notDeepStrictEqual,
});
assert.strict = strict;
strict.strict = strict;

module.exports = assert;
