'use strict';

// The error classes that Node's modules throw: `codes.ERR_*`, `AbortError`, and the errors made of a failed system call.

const kIsNodeError = Symbol('kIsNodeError');

const inspect = (value, options) => require('internal/util/inspect').inspect(value, options);

/** The first line of an error's stack: errors of this file carry their code in brackets. */
function stackHeader(error) {
  const name = error[kIsNodeError] === true ? `${error.name} [${error.code}]` : error.name;
  return error.message === '' ? `${name}` : `${name}: ${error.message}`;
}

/**
 * Captures the stack again, for an error whose name or code was set after its construction. Whatever formats
 * stacks, the result begins with the error's header; frames above and including `above` are left out.
 */
function captureStack(error, above) {
  Error.captureStackTrace(error, above);
  const stack = error.stack;
  if (typeof stack !== 'string') return;
  const header = stackHeader(error);
  if (stack.startsWith(header)) return;
  const plain = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  let frames = stack;
  if (stack.startsWith(plain)) frames = stack.slice(plain.length);
  else if (stack !== '') frames = `\n${stack}`;
  setStack(error, (header + frames).trimEnd());
}

/** Gives an error a stack of its own: one that came from the event loop has no frames of its caller. */
function setStack(error, stack) {
  Object.defineProperty(error, 'stack', { value: stack, enumerable: false, writable: true, configurable: true });
}

function nodeErrorToString() {
  return `${this.name} [${this.code}]: ${this.message}`;
}

/** `decorate(error, ...args)` gives an error of the class the further properties that it carries. */
function makeClass(code, Base, message, decorate) {
  function NodeError(...args) {
    const text = typeof message === 'string' ? fill(message, args) : message(...args);
    const error = Reflect.construct(Base, [text], NodeError);
    if (decorate !== undefined) decorate(error, ...args);
    error.code = code;
    captureStack(error, NodeError);
    return error;
  }
  NodeError.prototype = Object.create(Base.prototype, {
    [kIsNodeError]: { value: true },
    toString: { value: nodeErrorToString, writable: true, configurable: true },
  });
  return NodeError;
}

/** Puts `args` in the place of the `%s` (text), `%d` (number) and `%j` (JSON) of a message. */
function fill(message, args) {
  if (args.length === 0) return message;
  let i = 0;
  return message.replace(/%([sdj])/g, (spec, kind) => {
    if (i >= args.length) return spec;
    const arg = args[i++];
    if (kind === 'j') return JSON.stringify(arg);
    return kind === 'd' ? `${Number(arg)}` : String(arg);
  });
}

/** `a`, `a or b`, `a, b, or c`. */
function formatList(items, conjunction = 'and') {
  const last = items.length - 1;
  if (last <= 0) return `${items[0]}`;
  if (last === 1) return `${items[0]} ${conjunction} ${items[1]}`;
  return `${items.slice(0, last).join(', ')}, ${conjunction} ${items[last]}`;
}

/** What a value is, for the end of "Received ...". */
function determineSpecificType(value) {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'function':
      return `function ${value.name}`;
    case 'object':
      if (value === null) return 'null';
      if (value.constructor && 'name' in value.constructor) return `an instance of ${value.constructor.name}`;
      return inspect(value, { depth: -1 });
    case 'string': {
      const shown = value.length > 28 ? `${value.slice(0, 25)}...` : value;
      return `type string (${shown.includes("'") ? JSON.stringify(shown) : `'${shown}'`})`;
    }
    case 'number':
      return `type number (${Object.is(value, -0) ? '-0' : value})`;
    case 'bigint':
      return `type bigint (${value}n)`;
    default:
      return `type ${typeof value} (${String(value)})`;
  }
}

const kindOf = (name) => (name.includes('.') ? 'property' : 'argument');

const PRIMITIVE_TYPES = /^(?:string|function|number|object|Function|Object|boolean|bigint|symbol)$/;
const CLASS_NAME = /^[A-Z][a-zA-Z0-9]*$/;

/** "of type string or an instance of Buffer or URL", from a list of type and class names. */
function describeExpected(expected) {
  const types = [];
  const classes = [];
  const others = [];
  for (const name of Array.isArray(expected) ? expected : [expected]) {
    if (PRIMITIVE_TYPES.test(name)) types.push(name.toLowerCase());
    else if (CLASS_NAME.test(name)) classes.push(name);
    else others.push(name);
  }
  // Beside classes, any object is one more class.
  const object = types.indexOf('object');
  if (classes.length > 0 && object !== -1) {
    types.splice(object, 1);
    classes.push('Object');
  }
  const parts = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${formatList(types, 'or')}`);
  if (classes.length > 0) parts.push(`an instance of ${formatList(classes, 'or')}`);
  if (others.length > 1) parts.push(`one of ${formatList(others, 'or')}`);
  else if (others.length === 1) parts.push(others[0].toLowerCase() === others[0] ? others[0] : `an ${others[0]}`);
  return parts.join(' or ');
}

function invalidArgType(name, expected, actual) {
  const what = name.endsWith(' argument') ? name : `"${name}" ${kindOf(name)}`;
  return `The ${what} must be ${describeExpected(expected)}. Received ${determineSpecificType(actual)}`;
}

function invalidArgValue(name, value, reason = 'is invalid') {
  let shown = inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  return `The ${kindOf(name)} '${name}' ${reason}. Received ${shown}`;
}

/** Characters in groups of three from the right, as Node groups the digits of a number: 4_294_967_297. */
function addNumericalSeparator(digits) {
  const first = digits[0] === '-' ? 1 : 0;
  let grouped = '';
  let end = digits.length;
  for (; end >= first + 4; end -= 3) grouped = `_${digits.slice(end - 3, end)}${grouped}`;
  return digits.slice(0, end) + grouped;
}

function outOfRange(name, range, input, replaceDefaultMessage = false) {
  let received;
  if (Number.isInteger(input) && Math.abs(input) > 2 ** 32) {
    received = addNumericalSeparator(String(input));
  } else if (typeof input === 'bigint') {
    received = String(input);
    if (input > 2n ** 32n || input < -(2n ** 32n)) received = addNumericalSeparator(received);
    received += 'n';
  } else {
    received = inspect(input);
  }
  const text = replaceDefaultMessage ? name : `The value of "${name}" is out of range.`;
  return `${text} It must be ${range}. Received ${received}`;
}

function missingArgs(...args) {
  const quoted = args.map((a) => (Array.isArray(a) ? a.map((b) => `"${b}"`).join(' or ') : `"${a}"`));
  return `The ${formatList(quoted)} argument${args.length > 1 ? 's' : ''} must be specified`;
}

function invalidReturnValue(input, name, value) {
  return `Expected ${input} to be returned from the "${name}" function but got ${determineSpecificType(value)}.`;
}

function requireEsm(filename, hasEsmSyntax, parentPath = null, packageJsonPath = null) {
  let text = `require() of ES Module ${filename}${parentPath ? ` from ${parentPath}` : ''} not supported.`;
  if (!packageJsonPath) {
    return text.endsWith('.mjs not supported.') || filename.endsWith('.mjs') ?
      `${text}\nInstead change the require of ${filename} to a dynamic import() which is available in all CommonJS modules.` :
      text;
  }
  const { basename } = require('path');
  const sameFile = parentPath && basename(filename) === basename(parentPath);
  const shortName = sameFile ? filename : basename(filename);
  if (hasEsmSyntax) {
    return `${text}\nInstead change the require of ${shortName} in ${parentPath} to a dynamic import() ` +
      'which is available in all CommonJS modules.';
  }
  return `${text}\n${shortName} is treated as an ES module file as it is a .js file whose nearest parent package.json ` +
    'contains "type": "module" which declares all .js files in that package scope as ES modules.\n' +
    `Instead either rename ${shortName} to end in .cjs, change the requiring code to use dynamic import() which is ` +
    'available in all CommonJS modules, or change "type": "module" to "type": "commonjs" in ' +
    `${packageJsonPath} to treat all .js files as CommonJS (using .mjs for all ES modules instead).\n`;
}

function setUrl(error, path, base, exactUrl) {
  if (exactUrl) error.url = `${exactUrl}`;
}

const definitions = {
  __proto__: null,
  ERR_AMBIGUOUS_ARGUMENT: [TypeError, 'The "%s" argument is ambiguous. %s'],
  ERR_ARG_NOT_ITERABLE: [TypeError, '%s must be iterable'],
  ERR_ASYNC_CALLBACK: [TypeError, '%s must be a function'],
  ERR_ASYNC_TYPE: [TypeError, 'Invalid name for async "type": %s'],
  ERR_BUFFER_OUT_OF_BOUNDS: [RangeError,
    (name) => (name ? `"${name}" is outside of buffer bounds` : 'Attempt to access memory outside buffer bounds')],
  ERR_BUFFER_TOO_LARGE: [RangeError, 'Cannot create a Buffer larger than %s bytes'],
  ERR_CHILD_PROCESS_IPC_REQUIRED: [Error, "Forked processes must have an IPC channel, missing value 'ipc' in %s"],
  ERR_CHILD_PROCESS_STDIO_MAXBUFFER: [RangeError, '%s maxBuffer length exceeded'],
  ERR_CONSOLE_WRITABLE_STREAM: [TypeError, 'Console expects a writable stream instance for %s'],
  ERR_DIR_CLOSED: [Error, 'Directory handle was closed'],
  ERR_DIR_CONCURRENT_OPERATION: [Error,
    'Cannot do synchronous work on directory handle with concurrent asynchronous operations'],
  ERR_ENCODING_INVALID_ENCODED_DATA: [TypeError, 'The encoded data was not valid for encoding %s',
    (error, encoding, errno) => { error.errno = errno; }],
  ERR_ENCODING_NOT_SUPPORTED: [RangeError, 'The "%s" encoding is not supported'],
  ERR_EVENT_RECURSION: [Error, 'The event "%s" is already being dispatched'],
  ERR_FALSY_VALUE_REJECTION: [Error, 'Promise was rejected with falsy value',
    (error, reason) => { error.reason = reason; }],
  ERR_FEATURE_UNAVAILABLE_ON_PLATFORM: [TypeError,
    'The feature %s is unavailable on the current platform, which is being used to run Node.js'],
  ERR_FS_FILE_TOO_LARGE: [RangeError, 'File size (%s) is greater than 2 GiB'],
  ERR_FS_INVALID_SYMLINK_TYPE: [Error, 'Symlink type must be one of "dir", "file", or "junction". Received "%s"'],
  ERR_ILLEGAL_CONSTRUCTOR: [TypeError, 'Illegal constructor'],
  ERR_INCOMPATIBLE_OPTION_PAIR: [TypeError, 'Option "%s" cannot be used in combination with option "%s"'],
  ERR_INTERNAL_ASSERTION: [Error,
    (message) => `${message === undefined ? '' : `${message}\n`}This is caused by an internal error of the runtime.`],
  ERR_INVALID_ARG_TYPE: [TypeError, invalidArgType],
  ERR_INVALID_ARG_VALUE: [TypeError, invalidArgValue],
  ERR_INVALID_ASYNC_ID: [RangeError, 'Invalid %s value: %s'],
  ERR_INVALID_BUFFER_SIZE: [RangeError, 'Buffer size must be a multiple of %s'],
  ERR_INVALID_CURSOR_POS: [TypeError, 'Cannot set cursor row without setting its column'],
  ERR_INVALID_FD: [RangeError, '"fd" must be a positive integer: %s'],
  ERR_INVALID_FILE_URL_HOST: [TypeError, 'File URL host must be "localhost" or empty on %s'],
  ERR_INVALID_FILE_URL_PATH: [TypeError, 'File URL path %s'],
  ERR_INVALID_MODULE_SPECIFIER: [TypeError, (request, reason, base) =>
    `Invalid module "${request}" ${reason}${base ? ` imported from ${base}` : ''}`],
  ERR_INVALID_PACKAGE_CONFIG: [Error, (path, base, message) =>
    `Invalid package config ${path}${base ? ` while importing ${base}` : ''}.${message ? ` ${message}` : ''}`],
  ERR_INVALID_PACKAGE_TARGET: [Error, (packagePath, key, target, isImport = false, base = undefined) => {
    const relative = typeof target === 'string' && !isImport && target.length > 0 && !target.startsWith('./');
    const what = key === '.' ? '"exports" main target' :
      `"${isImport ? 'imports' : 'exports'}" target`;
    const where = key === '.' ? 'defined' : `defined for '${key}'`;
    return `Invalid ${what} ${JSON.stringify(target, null, 0)} ${where} in the package config ${packagePath}package.json` +
      `${base ? ` imported from ${base}` : ''}${relative ? '; targets must start with "./"' : ''}`;
  }],
  ERR_INVALID_RETURN_VALUE: [TypeError, invalidReturnValue],
  ERR_INVALID_STATE: [Error, 'Invalid state: %s'],
  ERR_INVALID_SYNC_FORK_INPUT: [TypeError, 'Asynchronous forks do not support Buffer, TypedArray, DataView or string input: %s'],
  ERR_INVALID_THIS: [TypeError, 'Value of "this" must be of type %s'],
  ERR_INVALID_URI: [URIError, 'URI malformed'],
  ERR_INVALID_URL_SCHEME: [TypeError, (expected) => `The URL must be ${
    Array.isArray(expected) ? `one of scheme ${expected.join(' or ')}` : `of scheme ${expected}`}`],
  ERR_METHOD_NOT_IMPLEMENTED: [Error, 'The %s method is not implemented'],
  ERR_IPC_CHANNEL_CLOSED: [Error, 'Channel closed'],
  ERR_IPC_DISCONNECTED: [Error, 'IPC channel is already disconnected'],
  ERR_IPC_ONE_PIPE: [Error, 'Child process can have only one IPC pipe'],
  ERR_IPC_SYNC_FORK: [Error, 'IPC cannot be used with synchronous forks'],
  ERR_MISSING_ARGS: [TypeError, missingArgs],
  ERR_MODULE_NOT_FOUND: [Error, (path, base, exactUrl) =>
    `Cannot find ${exactUrl ? 'module' : 'package'} '${path}' imported from ${base}`, setUrl],
  ERR_MULTIPLE_CALLBACK: [Error, 'Callback called multiple times'],
  ERR_NETWORK_IMPORT_DISALLOWED: [Error, "import of '%s' by %s is not supported: %s"],
  ERR_OPERATION_FAILED: [Error, 'Operation failed: %s'],
  ERR_OUT_OF_RANGE: [RangeError, outOfRange],
  ERR_PACKAGE_IMPORT_NOT_DEFINED: [TypeError, (specifier, packagePath, base) =>
    `Package import specifier "${specifier}" is not defined${
      packagePath ? ` in package ${packagePath}package.json` : ''} imported from ${base}`],
  ERR_PACKAGE_PATH_NOT_EXPORTED: [Error, (packagePath, subpath, base = undefined) => {
    const imported = base ? ` imported from ${base}` : '';
    if (subpath === '.') return `No "exports" main defined in ${packagePath}package.json${imported}`;
    return `Package subpath '${subpath}' is not defined by "exports" in ${packagePath}package.json${imported}`;
  }],
  ERR_PERFORMANCE_INVALID_TIMESTAMP: [TypeError, '%d is not a valid timestamp'],
  ERR_PERFORMANCE_MEASURE_INVALID_OPTIONS: [TypeError, '%s'],
  ERR_REQUIRE_ESM: [Error, requireEsm],
  ERR_SERVER_ALREADY_LISTEN: [Error, 'Listen method has been called more than once without closing.'],
  ERR_SERVER_NOT_RUNNING: [Error, 'Server is not running.'],
  ERR_SOCKET_BAD_PORT: [RangeError, (name, port, allowZero = true) =>
    `${name} should be ${allowZero ? '>=' : '>'} 0 and < 65536. Received ${determineSpecificType(port)}.`],
  ERR_SOCKET_CLOSED: [Error, 'Socket is closed'],
  ERR_STREAM_ALREADY_FINISHED: [Error, 'Cannot call %s after a stream was finished'],
  ERR_STREAM_CANNOT_PIPE: [Error, 'Cannot pipe, not readable'],
  ERR_STREAM_DESTROYED: [Error, 'Cannot call %s after a stream was destroyed'],
  ERR_STREAM_NULL_VALUES: [TypeError, 'May not write null values to stream'],
  ERR_STREAM_PREMATURE_CLOSE: [Error, 'Premature close'],
  ERR_STREAM_PUSH_AFTER_EOF: [Error, 'stream.push() after EOF'],
  ERR_STREAM_UNSHIFT_AFTER_END_EVENT: [Error, 'stream.unshift() after end event'],
  ERR_STREAM_WRAP: [Error, 'Stream has StringDecoder set or is in objectMode'],
  ERR_STREAM_WRITE_AFTER_END: [Error, 'write after end'],
  ERR_SYNTHETIC: [Error, 'JavaScript Callstack'],
  ERR_UNCAUGHT_EXCEPTION_CAPTURE_ALREADY_SET: [Error,
    '`process.setupUncaughtExceptionCapture()` was called while a capture callback was already active'],
  ERR_UNESCAPED_CHARACTERS: [TypeError, '%s contains unescaped characters'],
  ERR_UNHANDLED_ERROR: [Error, (err = undefined) => (err === undefined ? 'Unhandled error.' : `Unhandled error. (${err})`)],
  ERR_UNKNOWN_BUILTIN_MODULE: [Error, 'No such built-in module: %s'],
  ERR_UNKNOWN_CREDENTIAL: [Error, '%s identifier does not exist: %s'],
  ERR_UNKNOWN_ENCODING: [TypeError, 'Unknown encoding: %s'],
  ERR_UNKNOWN_FILE_EXTENSION: [TypeError, 'Unknown file extension "%s" for %s'],
  ERR_UNKNOWN_MODULE_FORMAT: [RangeError, 'Unknown module format: %s for URL %s'],
  ERR_UNKNOWN_SIGNAL: [TypeError, (signal) =>
    `Unknown signal: ${typeof signal === 'object' ? require('util').inspect(signal) : String(signal)}`],
  ERR_UNSUPPORTED_DIR_IMPORT: [Error, "Directory import '%s' is not supported resolving ES modules imported from %s", setUrl],
  ERR_UNSUPPORTED_ESM_URL_SCHEME: [Error, (url, supported) =>
    `Only URLs with a scheme in: ${formatList(supported)} are supported by the default ESM loader. ` +
    `Received protocol '${url.protocol}'`],
  ERR_USE_AFTER_CLOSE: [Error, '%s was closed'],
};

/** Further base classes of a code: `new codes.ERR_X.RangeError(..)`. */
const otherBases = {
  __proto__: null,
  ERR_INVALID_ARG_VALUE: [RangeError],
  ERR_INVALID_STATE: [TypeError, RangeError],
};

/** The codes that describe system calls' results: how their messages begin. */
const systemErrors = {
  __proto__: null,
  ERR_FS_CP_DIR_TO_NON_DIR: 'Cannot overwrite non-directory with directory',
  ERR_FS_CP_EEXIST: 'Target already exists',
  ERR_FS_CP_EINVAL: 'Invalid src or dest',
  ERR_FS_CP_FIFO_PIPE: 'Cannot copy a FIFO pipe',
  ERR_FS_CP_NON_DIR_TO_DIR: 'Cannot overwrite directory with non-directory',
  ERR_FS_CP_SOCKET: 'Cannot copy a socket file',
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY: 'Cannot overwrite symlink in subdirectory of self',
  ERR_FS_CP_UNKNOWN: 'Cannot copy an unknown file type',
  ERR_FS_EISDIR: 'Path is a directory',
};

function makeCode(code) {
  const prefix = systemErrors[code];
  if (prefix !== undefined) {
    return class extends SystemError {
      constructor(info) { super(code, prefix, info); }
    };
  }
  const definition = definitions[code];
  if (definition === undefined) return undefined;
  const [, ...rest] = definition;
  const NodeError = makeClass(code, ...definition);
  for (const Base of otherBases[code] ?? []) NodeError[Base.name] = makeClass(code, Base, ...rest);
  return NodeError;
}

/** The class of each code, made when it is first asked for: a program that runs well needs none. */
const codes = new Proxy({}, {
  get: (made, code) => made[code] ??= makeCode(code),
  has: (made, code) => code in systemErrors || code in definitions,
  ownKeys: () => [...Object.keys(definitions), ...Object.keys(systemErrors)],
  getOwnPropertyDescriptor: (made, code) =>
    ({ value: made[code] ??= makeCode(code), enumerable: true, writable: false, configurable: true }),
});

/** An error of a file operation that is described by several system calls' results, as `rm` on a folder. */
class SystemError extends Error {
  constructor(code, prefix, info) {
    let message = `${prefix}: ${info.syscall} returned ${info.code} (${info.message})`;
    if (info.path !== undefined) message += ` ${info.path}`;
    if (info.dest !== undefined) message += ` => ${info.dest}`;
    super(message);
    const hidden = (value) => ({ value, enumerable: false, writable: true, configurable: true });
    const shown = (key) => ({
      get: () => info[key],
      set: (value) => { info[key] = value; },
      enumerable: true,
      configurable: true,
    });
    this.code = code;
    Object.defineProperty(this, 'name', hidden('SystemError'));
    Object.defineProperty(this, 'info', { value: info, enumerable: true, configurable: true, writable: false });
    Object.defineProperty(this, 'errno', shown('errno'));
    Object.defineProperty(this, 'syscall', shown('syscall'));
    for (const key of ['path', 'dest']) {
      if (info[key] !== undefined) Object.defineProperty(this, key, shown(key));
    }
    captureStack(this, new.target);
  }

  get [kIsNodeError]() { return true; }

  toString() { return nodeErrorToString.call(this); }

  /** Shows the values behind the getters. */
  [Symbol.for('nodejs.util.inspect.custom')](recurseTimes, context) {
    return inspect(this, { ...context, getters: true, customInspect: false });
  }
}

/** The exception that an unhandled rejection becomes when its reason is no error; `reason` is its text. */
class UnhandledPromiseRejection extends Error {
  constructor(reason) {
    super('This error originated either by throwing inside of an async function without a catch block, or by ' +
      `rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${reason}".`);
    this.code = 'ERR_UNHANDLED_REJECTION';
    this.name = 'UnhandledPromiseRejection';
    captureStack(this, new.target);
  }
}

/** The error of an operation that its `AbortSignal` ended. */
class AbortError extends Error {
  constructor(message = 'The operation was aborted', options = undefined) {
    if (options !== undefined && typeof options !== 'object') {
      throw new codes.ERR_INVALID_ARG_TYPE('options', 'Object', options);
    }
    super(message, options);
    this.code = 'ABORT_ERR';
    this.name = 'AbortError';
    captureStack(this, new.target);
  }
}

/**
 * The error of a failed system call: `{ errno, code, syscall, path, dest, message }`, of which `code` and
 * `message` can be left to the errno. Its message reads `ENOENT: no such file or directory, open 'x'`.
 */
function uvException(context) {
  let { code, message } = context;
  if (code === undefined || message === undefined) {
    const known = require('internal/uv_errors').describe(context.errno);
    code ??= known[0];
    message ??= known[1];
  }
  let text = `${code}: ${message}, ${context.syscall}`;
  if (context.path != null) text += ` '${context.path}'`;
  if (context.dest != null) text += ` -> '${context.dest}'`;
  const error = new Error(text);
  error.errno = context.errno;
  error.code = code;
  error.syscall = context.syscall;
  if (context.path != null) error.path = `${context.path}`;
  if (context.dest != null) error.dest = `${context.dest}`;
  captureStack(error, uvException);
  return error;
}

/** As `uvException`, for a failure that the event loop reports: its stack has a header and no frames. */
function uvExceptionFromLoop(context) {
  const error = uvException(context);
  setStack(error, stackHeader(error));
  return error;
}

/** The error of a failed call that is known by its errno alone: `connect ECONNREFUSED`. */
function errnoException(errno, syscall, original = undefined) {
  const [code] = require('internal/uv_errors').describe(errno);
  const error = new Error(original ? `${syscall} ${code} ${original}` : `${syscall} ${code}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  captureStack(error, errnoException);
  return error;
}

/** Both errors in one, the outer first; where there is but one, that one. */
function aggregateTwoErrors(inner, outer) {
  if (!inner || !outer || inner === outer) return inner || outer;
  if (Array.isArray(outer.errors)) {
    outer.errors.push(inner);
    return outer;
  }
  const error = new AggregateError([outer, inner], outer.message);
  error.code = outer.code;
  captureStack(error, aggregateTwoErrors);
  return error;
}

/** Node marks helpers whose frames are left out of stacks; here frames are left out when the stack is captured. */
const hideStackFrames = (fn) => fn;

/** The error for a public function that this runtime lacks. */
function notImplemented(name) {
  const error = new codes.ERR_METHOD_NOT_IMPLEMENTED(name);
  captureStack(error, notImplemented);
  return error;
}

module.exports = {
  AbortError,
  SystemError,
  UnhandledPromiseRejection,
  aggregateTwoErrors,
  captureStack,
  codes,
  determineSpecificType,
  errnoException,
  formatList,
  hideStackFrames,
  kIsNodeError,
  notImplemented,
  setStack,
  stackHeader,
  uvException,
  uvExceptionFromLoop,
  addNumericalSeparator,
};

// Lazily, for start-up: most programs never touch it.
Object.defineProperty(module.exports, 'DOMException', {
  get: () => globalThis.DOMException,
  enumerable: true,
  configurable: true,
});
