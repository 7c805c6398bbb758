'use strict';
// The console: a global object, and a class for consoles on other streams.

// Most output is single strings: what formats the rest is loaded when there is some.
const formatAll = (options, args) => require('internal/util/format').formatAll(options, args);

const states = new WeakMap(); // console -> its streams, counters and timers

const MAX_INDENTATION = 1000;

// The streams of the global console: looked up at each call, so that a program can put others in their place.
const processStreams = {
  get stdout() { return process.stdout; },
  get stderr() { return process.stderr; },
};

function makeState(streams, options) {
  return {
    streams,
    ignoreErrors: options.ignoreErrors !== false,
    colorMode: options.colorMode ?? 'auto',
    inspectOptions: options.inspectOptions,
    groupIndentation: options.groupIndentation ?? 2,
    indent: '',
    counts: new Map(),
    timers: new Map(),
  };
}

const discard = () => {};

// A write that fails later makes the stream emit 'error': that too is not the caller's concern.
function afterWrite(stream) {
  return (error) => {
    if (error && typeof stream.once === 'function' && stream.listenerCount('error') === 0) {
      stream.once('error', discard);
    }
  };
}

function write(state, name, string) {
  if (state.indent !== '') {
    if (string.includes('\n')) string = string.replaceAll('\n', `\n${state.indent}`);
    string = state.indent + string;
  }
  string += '\n';
  const stream = state.streams[name];
  if (stream === undefined || stream === null) {
    internalBinding('console').write(name === 'stdout' ? 1 : 2, string.toWellFormed());
    return;
  }
  if (!state.ignoreErrors) {
    stream.write(string);
    return;
  }
  try {
    stream.write(string, afterWrite(stream));
  } catch (error) {
    // A full stack is the program's own error; a broken stream is not the caller's concern.
    if (/stack/i.test(error?.message) && (error instanceof RangeError || error.name === 'InternalError')) throw error;
  }
}

function usesColors(state, stream) {
  if (state.colorMode !== 'auto') return state.colorMode;
  // Most streams are no terminals: then the environment alone is asked.
  if (!(stream && stream.isTTY) && process.env.FORCE_COLOR === undefined) return false;
  return require('internal/util/colors').shouldColorize(stream);
}

function inspectOptionsFor(state, name) {
  const stream = state.streams[name];
  let options = state.inspectOptions;
  if (options instanceof Map) options = options.get(stream);
  if (options !== undefined) {
    return options.colors === undefined ? { ...options, colors: usesColors(state, stream) } : options;
  }
  return usesColors(state, stream) ? { colors: true } : undefined;
}

function print(state, name, args) {
  const string = args.length === 1 && typeof args[0] === 'string' ?
    args[0] : formatAll(inspectOptionsFor(state, name), args);
  write(state, name, string);
}

const warn = (message) => process.emitWarning(message);

// ---- Timers ----

const now = () => (typeof performance === 'object' ? performance.now() : Date.now());

function pad(number) {
  return String(number).padStart(2, '0');
}

function formatTime(milliseconds) {
  if (milliseconds < 1000) return `${Number(milliseconds.toFixed(3))}ms`;
  if (milliseconds < 60000) return `${(milliseconds / 1000).toFixed(3)}s`;
  const hours = Math.floor(milliseconds / 3600000);
  const minutes = Math.floor(milliseconds / 60000) % 60;
  const [seconds, fraction] = (milliseconds / 1000 % 60).toFixed(3).split('.');
  if (hours > 0) return `${hours}:${pad(minutes)}:${pad(seconds)} (h:mm:ss)`;
  return `${minutes}:${pad(seconds)}.${fraction} (m:ss.mmm)`;
}

function reportTimer(state, console, method, label, data) {
  const start = state.timers.get(label);
  if (start === undefined) {
    warn(`No such label '${label}' for console.${method}()`);
    return false;
  }
  const elapsed = formatTime(now() - start);
  if (data === undefined) console.log('%s: %s', label, elapsed);
  else console.log('%s: %s', label, elapsed, ...data);
  return true;
}

// ---- The class ----

/** Console(stdout[, stderr][, ignoreErrors]) or Console(options). */
function Console(options, ...rest) {
  if (new.target === undefined) return Reflect.construct(Console, [options, ...rest]);
  if (!options || typeof options.write === 'function') {
    options = { stdout: options, stderr: rest[0], ignoreErrors: rest[1] };
  }
  const { stdout, stderr = stdout, colorMode = 'auto', inspectOptions, groupIndentation } = options;
  const { codes } = require('internal/errors');
  if (!stdout || typeof stdout.write !== 'function') throw new codes.ERR_CONSOLE_WRITABLE_STREAM('stdout');
  if (!stderr || typeof stderr.write !== 'function') throw new codes.ERR_CONSOLE_WRITABLE_STREAM('stderr');
  const validators = require('internal/validators');
  validators.validateOneOf(colorMode, 'colorMode', ['auto', true, false]);
  if (groupIndentation !== undefined) {
    validators.validateInteger(groupIndentation, 'groupIndentation', 0, MAX_INDENTATION);
  }
  if (inspectOptions !== undefined) {
    validators.validateObject(inspectOptions, 'options.inspectOptions');
    if (inspectOptions.colors !== undefined && options.colorMode !== undefined) {
      throw new codes.ERR_INCOMPATIBLE_OPTION_PAIR('options.inspectOptions.color', 'colorMode');
    }
  }
  setUp(this, makeState({ stdout, stderr }, options), this);
}

// Binds the methods, found on `source`, to their console, so that they work on their own.
function setUp(console, state, source) {
  states.set(console, state);
  for (const name of Object.keys(Console.prototype)) {
    const method = source[name].bind(console);
    Object.defineProperty(method, 'name', { value: name, configurable: true });
    console[name] = method;
  }
}

Console.prototype = {
  log(...args) { print(states.get(this), 'stdout', args); },
  warn(...args) { print(states.get(this), 'stderr', args); },

  dir(object, options) {
    const state = states.get(this);
    write(state, 'stdout', require('internal/util/inspect').inspect(object, {
      customInspect: false, ...inspectOptionsFor(state, 'stdout'), ...options,
    }));
  },

  time(label = 'default') {
    label = `${label}`;
    const { timers } = states.get(this);
    if (timers.has(label)) {
      warn(`Label '${label}' already exists for console.time()`);
      return;
    }
    timers.set(label, now());
  },

  timeEnd(label = 'default') {
    label = `${label}`;
    const state = states.get(this);
    if (reportTimer(state, this, 'timeEnd', label)) state.timers.delete(label);
  },

  timeLog(label = 'default', ...data) {
    reportTimer(states.get(this), this, 'timeLog', `${label}`, data);
  },

  trace(...args) {
    const state = states.get(this);
    const error = new Error(formatAll(inspectOptionsFor(state, 'stderr'), args));
    Object.defineProperty(error, 'name', { value: 'Trace', configurable: true, writable: true });
    if (typeof Error.captureStackTrace === 'function') Error.captureStackTrace(error, this.trace);
    this.error(require('internal/util/inspect_error').fullStack(error));
  },

  assert(expression, ...args) {
    if (expression) return;
    args[0] = `Assertion failed${args.length === 0 ? '' : `: ${args[0]}`}`;
    this.warn(...args);
  },

  clear() {
    const { stdout } = states.get(this).streams;
    if (stdout && stdout.isTTY && process.env.TERM !== 'dumb') stdout.write('\u001b[1;1H\u001b[0J');
  },

  count(label = 'default') {
    label = `${label}`;
    const { counts } = states.get(this);
    const count = (counts.get(label) || 0) + 1;
    counts.set(label, count);
    this.log(`${label}: ${count}`);
  },

  countReset(label = 'default') {
    label = `${label}`;
    if (!states.get(this).counts.delete(label)) warn(`Count for '${label}' does not exist`);
  },

  group(...args) {
    const state = states.get(this);
    if (args.length > 0) this.log(...args);
    state.indent += ' '.repeat(state.groupIndentation);
  },

  groupEnd() {
    const state = states.get(this);
    state.indent = state.indent.slice(0, Math.max(0, state.indent.length - state.groupIndentation));
  },

  table(data, properties) {
    if (data === null || typeof data !== 'object') {
      this.log(data);
      return;
    }
    if (properties !== undefined) require('internal/validators').validateArray(properties, 'properties');
    const options = inspectOptionsFor(states.get(this), 'stdout');
    this.log(require('internal/console_table').table(data, properties, options));
  },
};

Object.defineProperty(Console.prototype, 'constructor', { value: Console, writable: true, configurable: true });
Console.prototype.debug = Console.prototype.log;
Console.prototype.info = Console.prototype.log;
Console.prototype.dirxml = Console.prototype.log;
Console.prototype.error = Console.prototype.warn;
Console.prototype.groupCollapsed = Console.prototype.group;

Object.defineProperty(Console, Symbol.hasInstance, {
  value(instance) {
    return instance !== null && typeof instance === 'object' && states.has(instance);
  },
});

const globalConsole = {};
setUp(globalConsole, makeState(processStreams, {}), Console.prototype);
globalConsole.Console = Console;
Object.defineProperty(globalConsole, Symbol.toStringTag, { value: 'console', configurable: true });

module.exports = globalConsole;
