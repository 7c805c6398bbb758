'use strict';

// The `process` object.

const EventEmitter = require('events');
const binding = internalBinding('process');
const { codes, notImplemented, uvException } = require('internal/errors');
const { validateNumber, validateObject, validateString } = require('internal/validators');

const version = 'v20.20.2';

const started = Date.now() - binding.hrtime();

let process;

/** The one process object. */
function create(options) {
  // `process` is an emitter whose constructor has its name, as in Node.
  const prototype = Object.create(EventEmitter.prototype, {
    constructor: { value: function process() {}, writable: true, enumerable: false, configurable: true },
    [Symbol.toStringTag]: { value: 'process', configurable: true },
  });
  process = Object.create(prototype);
  EventEmitter.call(process);

  Object.assign(process, {
    version,
    versions: { node: version.slice(1), quickjs: '0.16.0', modules: '115' },
    arch: 'x64',
    platform: 'linux',
    release: { name: 'node', lts: 'Iron' },
    argv: [],
    argv0: binding.argv0(),
    execPath: binding.execPath(),
    execArgv: options.execArgs,
    env: environment(),
    pid: binding.pid(),
    features: { inspector: false, debug: false, uv: true, ipv6: true, tls_alpn: false, tls_sni: false, tls_ocsp: false, tls: false, cached_builtins: true },
    config: { target_defaults: {}, variables: {} },
    exiting: undefined,
  });
  delete process.exiting;
  Object.defineProperties(process, {
    _exiting: { value: false, writable: true, enumerable: false, configurable: true },
    ppid: { get: () => binding.ids()[0], enumerable: true, configurable: true },
    title: titleProperty(),
    exitCode: exitCodeProperty(),
    noDeprecation: { value: false, writable: true, enumerable: false, configurable: true },
    stdout: lazy(() => stream(1)),
    stderr: lazy(() => stream(2)),
    stdin: { ...lazy(() => { throw notImplemented('process.stdin'); }), enumerable: false },
  });

  Object.assign(process, {
    abort: () => binding.abort(),
    chdir, cwd, cpuUsage, emitWarning, exit, hrtime, kill, memoryUsage, umask, uptime,
    reallyExit: (code) => binding.reallyExit(code | 0),
    getuid: () => binding.ids()[1],
    geteuid: () => binding.ids()[2],
    getgid: () => binding.ids()[3],
    getegid: () => binding.ids()[4],
    getgroups: () => binding.groups(),
    allowedNodeEnvironmentFlags: new Set(),
    report: reportObject(),
    setUncaughtExceptionCaptureCallback: (fn) => require('internal/process/uncaught').setCapture(fn),
    hasUncaughtExceptionCaptureCallback: () => require('internal/process/uncaught').isCapturing(),
    binding: () => { throw notImplemented('process.binding()'); },
    dlopen: () => { throw notImplemented('process.dlopen()'); },
    resourceUsage: () => { throw notImplemented('process.resourceUsage()'); },
    getActiveResourcesInfo: () => { throw notImplemented('process.getActiveResourcesInfo()'); },
    constrainedMemory: () => 0,
    _tickCallback: () => { throw notImplemented('process._tickCallback()'); },
  });
  process.on('newListener', refuseSignals);
  hideInternalListener(process, 'newListener', refuseSignals);
  require('internal/process/warning').setup(process, options);
  return process;
}

function reportObject() {
  const absent = (name) => { throw notImplemented(`process.report.${name}()`); };
  return { writeReport: () => absent('writeReport'), getReport: () => absent('getReport') };
}

// Listening for a signal would silently do nothing as long as there are no signal handles.
function refuseSignals(name) {
  if (name === 'multipleResolves') require('internal/process/multiple_resolves').watch();
  if (typeof name === 'string' && name.startsWith('SIG') && name in require('os').constants.signals) {
    throw notImplemented(`process.on('${name}')`);
  }
}

/** The runtime's own listener is not among those that a script can see. */
function hideInternalListener(emitter, name, listener) {
  emitter.off(name, listener);
  const on = EventEmitter.prototype.addListener;
  const prepend = EventEmitter.prototype.prependListener;
  const wrap = (method) => function(event, fn) {
    listener(event);
    return method.call(this, event, fn);
  };
  const prototype = Object.getPrototypeOf(emitter);
  const hidden = (value) => ({ value, writable: true, enumerable: false, configurable: true });
  Object.defineProperties(prototype, {
    on: hidden(wrap(on)),
    addListener: hidden(wrap(on)),
    prependListener: hidden(wrap(prepend)),
  });
}

function lazy(make) {
  let made = false;
  let value;
  return {
    get() {
      if (!made) {
        value = make();
        made = true;
      }
      return value;
    },
    enumerable: true,
    configurable: true,
  };
}

function stream(fd) {
  return require('internal/process/stdio').create(fd);
}

function titleProperty() {
  return {
    get: () => binding.title(),
    set: (value) => binding.setTitle(`${value}`),
    enumerable: true,
    configurable: true,
  };
}

function exitCodeProperty() {
  let code;
  return {
    get: () => code,
    set(value) {
      if (value !== null && value !== undefined) {
        let number = value;
        if (typeof value === 'string' && value !== '') number = Number(value);
        require('internal/validators').validateInteger(Number.isInteger(number) ? number : value, 'code');
        code = value;
        binding.setExitCode(number | 0);
      } else {
        code = value;
        binding.setExitCode(0);
      }
    },
    enumerable: true,
    configurable: false,
  };
}

/** Variables are strings, and there are no others; the names keep the order in which they were set. */
function environment() {
  const env = internalBinding('env');
  const text = (value) => {
    if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
    return String(value);
  };
  return new Proxy({}, {
    get: (target, name) => (typeof name === 'symbol' ? target[name] : env.get(name) ?? Object.prototype[name]),
    has: (target, name) => typeof name === 'string' && (env.get(name) !== undefined || name in Object.prototype),
    preventExtensions() { throw new TypeError('Cannot freeze'); },
    set(target, name, value) {
      if (typeof name === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      env.set(name, text(value));
      return true;
    },
    deleteProperty(target, name) {
      if (typeof name === 'string') env.remove(name);
      return true;
    },
    ownKeys: () => env.names(),
    getOwnPropertyDescriptor(target, name) {
      const value = typeof name === 'string' ? env.get(name) : undefined;
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
    },
    defineProperty(target, name, descriptor) {
      if (!('value' in descriptor)) {
        throw new codes.ERR_INVALID_OBJECT_DEFINE_PROPERTY("'process.env' does not accept an accessor(getter/setter) descriptor");
      }
      if (!descriptor.configurable || !descriptor.writable || !descriptor.enumerable) {
        throw new codes.ERR_INVALID_OBJECT_DEFINE_PROPERTY("'process.env' only accepts a configurable, writable, and enumerable data descriptor");
      }
      env.set(name, text(descriptor.value));
      return true;
    },
  });
}

function exit(code) {
  if (arguments.length > 0) process.exitCode = code;
  if (!process._exiting) {
    process._exiting = true;
    process.emit('exit', process.exitCode || 0);
  }
  process.reallyExit(Number(process.exitCode) || 0);
}

function cwd() {
  try {
    return binding.cwd();
  } catch (failure) {
    throw failure instanceof Error ? failure : uvException(failure);
  }
}

function chdir(directory) {
  validateString(directory, 'directory');
  try {
    binding.chdir(directory);
  } catch (failure) {
    if (failure instanceof Error) throw failure;
    throw uvException({ ...failure, path: binding.cwd(), dest: directory });
  }
}

function uptime() {
  return binding.hrtime() / 1e3;
}

function hrtime(time) {
  const [seconds, nanos] = binding.hrtimeParts();
  if (time === undefined) return [seconds, nanos];
  require('internal/validators').validateArray(time, 'time');
  if (time.length !== 2) throw new codes.ERR_OUT_OF_RANGE('time', 2, time.length);
  const difference = [seconds - time[0], nanos - time[1]];
  if (difference[1] < 0) {
    difference[0]--;
    difference[1] += 1e9;
  }
  return difference;
}

hrtime.bigint = function bigint() {
  const [seconds, nanos] = binding.hrtimeParts();
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
};

function cpuUsage(previous) {
  const [user, system] = binding.cpuUsage();
  if (previous === undefined || previous === null) return { user, system };
  validateObject(previous, 'prevValue');
  validateNumber(previous.user, 'prevValue.user');
  validateNumber(previous.system, 'prevValue.system');
  for (const name of ['user', 'system']) {
    if (previous[name] < 0 || !Number.isFinite(previous[name])) {
      throw new codes.ERR_INVALID_ARG_VALUE.RangeError(`prevValue.${name}`, previous[name]);
    }
  }
  return { user: user - previous.user, system: system - previous.system };
}

function memoryUsage() {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = binding.memoryUsage();
  return { rss, heapTotal, heapUsed, external, arrayBuffers };
}

memoryUsage.rss = function rss() {
  return binding.memoryUsage().rss;
};

function umask(mask) {
  if (mask === undefined) return binding.umask();
  if (typeof mask === 'string') {
    if (!/^[0-7]+$/.test(mask)) {
      throw new codes.ERR_INVALID_ARG_VALUE('mask', mask, 'must be a 32-bit unsigned integer or an octal string');
    }
    mask = parseInt(mask, 8);
  }
  require('internal/validators').validateUint32(mask, 'mask');
  return binding.umask(mask);
}

function kill(pid, signal) {
  // eslint-disable-next-line eqeqeq
  if (pid != (pid | 0)) throw new codes.ERR_INVALID_ARG_TYPE('pid', 'number', pid);
  let number = signal;
  if (signal === undefined) {
    number = 15;
  } else if (typeof signal === 'string') {
    number = require('os').constants.signals[signal];
    if (number === undefined) throw new codes.ERR_UNKNOWN_SIGNAL(signal);
  }
  const error = binding.kill(pid | 0, number | 0);
  if (error !== 0) throw require('internal/errors').errnoException(error, 'kill');
  return true;
}

function emitWarning(warning, type, code, constructor) {
  require('internal/process/warning').emitWarning(warning, type, code, constructor ?? emitWarning);
}

module.exports = { create, started };
