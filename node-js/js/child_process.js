'use strict';

// child_process: programs that run beside this one.

const { codes, errnoException, notImplemented } = require('internal/errors');
const { validateFunction, validateObject } = require('internal/validators');
const {
  normalize, sanitizeKillSignal, signalName, validateMaxBuffer, validateText, validateTimeout,
} = require('internal/child_process/arguments');
const { openChannel } = require('internal/child_process/channel');
const { ChildProcess, start } = require('internal/child_process/child');

const binding = internalBinding('child_process');
const MAX_BUFFER = 1024 * 1024;

const optionsOf = (args, options) => (Array.isArray(args) || args === undefined || args === null ? options : args) ?? {};

function spawn(file, args, options) {
  const given = optionsOf(args, options);
  const timeout = validateTimeout(given.timeout);
  const killSignal = sanitizeKillSignal(given.killSignal);
  const child = start(file, args, options);
  if (timeout > 0) {
    let timer = setTimeout(() => {
      timer = undefined;
      try {
        child.kill(killSignal);
      } catch (error) {
        child.emit('error', error);
      }
    }, timeout);
    child.once('exit', () => clearTimeout(timer));
  }
  return child;
}

/** `(file[, args][, options][, callback])` */
function execFileArguments(file, args, options, callback) {
  if (!Array.isArray(args)) {
    if (args !== null && typeof args === 'object') {
      callback = options;
      options = args;
      args = undefined;
    } else if (typeof args === 'function') {
      callback = args;
      options = undefined;
      args = undefined;
    }
  }
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  if (options !== undefined && options !== null) validateObject(options, 'options');
  if (callback !== undefined && callback !== null) validateFunction(callback, 'callback');
  return { file, args: args ?? [], options: { ...options }, callback };
}

class Collected {
  constructor(stream, encoding, maxBuffer, onFull) {
    this.chunks = [];
    this.encoding = encoding;
    if (!stream) return;
    if (encoding) stream.setEncoding(encoding);
    let length = 0;
    stream.on('data', (chunk) => {
      const before = length;
      length += encoding ? Buffer.byteLength(chunk, encoding) : chunk.length;
      if (length <= maxBuffer) {
        this.chunks.push(chunk);
      } else {
        this.chunks.push(chunk.slice(0, maxBuffer - before));
        onFull();
      }
    });
  }

  take() {
    return this.encoding ? this.chunks.join('') : Buffer.concat(this.chunks);
  }
}

function execFile(file, args, options, callback) {
  ({ file, args, options, callback } = execFileArguments(file, args, options, callback));
  const settings = {
    encoding: 'utf8', timeout: 0, maxBuffer: MAX_BUFFER, killSignal: 'SIGTERM', cwd: null, env: null, shell: false, ...options,
  };
  validateTimeout(settings.timeout);
  validateMaxBuffer(settings.maxBuffer);
  const killSignal = sanitizeKillSignal(settings.killSignal);
  const { cwd, env, gid, shell, signal, uid, argv0 } = settings;
  const child = spawn(file, args, { cwd, env, gid, shell, signal, uid, argv0 });
  const encoding = settings.encoding && Buffer.isEncoding(settings.encoding) ? settings.encoding : null;
  let timer;
  let failure = null;
  let killed = false;
  let exited = false;

  function exit(code, signalCode) {
    if (exited) return;
    exited = true;
    clearTimeout(timer);
    if (!callback) return;
    const [out, err] = [stdout.take(), stderr.take()];
    if (!failure && code === 0 && signalCode === null) {
      callback(null, out, err);
      return;
    }
    const cmd = [file, ...args].join(' ');
    if (!failure) {
      failure = new Error(`Command failed: ${cmd}\n${err}`);
      failure.code = code < 0 ? require('internal/uv_errors').describe(code)[0] : code;
      failure.killed = child.killed || killed;
      failure.signal = signalCode;
    }
    failure.cmd = cmd;
    callback(failure, out, err);
  }

  function fail(error) {
    failure = error;
    child.stdout?.destroy();
    child.stderr?.destroy();
    exit();
  }

  function kill() {
    child.stdout?.destroy();
    child.stderr?.destroy();
    killed = true;
    try {
      child.kill(killSignal);
    } catch (error) {
      failure ??= error;
      exit();
    }
  }

  const full = (name) => () => {
    failure = new codes.ERR_CHILD_PROCESS_STDIO_MAXBUFFER(name);
    kill();
  };
  const stdout = new Collected(child.stdout, encoding, settings.maxBuffer, full('stdout'));
  const stderr = new Collected(child.stderr, encoding, settings.maxBuffer, full('stderr'));
  if (settings.timeout > 0) {
    timer = setTimeout(() => {
      timer = undefined;
      kill();
    }, settings.timeout);
  }
  child.on('close', exit);
  child.on('error', fail);
  return child;
}

function execArguments(command, options, callback) {
  validateText(command, 'command');
  if (typeof options === 'function') {
    callback = options;
    options = undefined;
  }
  options = { ...options };
  options.shell = typeof options.shell === 'string' ? options.shell : true;
  return { options, callback };
}

function exec(command, options, callback) {
  const normal = execArguments(command, options, callback);
  return execFile(command, normal.options, normal.callback);
}

/** For `util.promisify`: `{ stdout, stderr }`, also on the error, and the child on the promise. */
function promised(run) {
  return (...args) => {
    const { promise, resolve, reject } = Promise.withResolvers?.() ?? withResolvers();
    promise.child = run(...args, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(Object.assign(error, { stdout, stderr }));
    });
    return promise;
  };
}

function withResolvers() {
  let resolve;
  let reject;
  const promise = new Promise((...both) => { [resolve, reject] = both; });
  return { promise, resolve, reject };
}

for (const run of [exec, execFile]) {
  Object.defineProperty(run, Symbol.for('nodejs.util.promisify.custom'), { value: promised(run), enumerable: false });
}

function inputOf(options) {
  const { input } = options;
  if (input === undefined || input === null) return undefined;
  if (typeof input === 'string') {
    return new Uint8Array(Buffer.from(input, options.encoding));
  }
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  throw new codes.ERR_INVALID_ARG_TYPE('options.stdio[0]', ['Buffer', 'TypedArray', 'DataView', 'string'], input);
}

function spawnSync(file, args, options) {
  // Its own list and options, which are looked at as they came.
  normalize(file, args, options, true);
  const settings = { maxBuffer: MAX_BUFFER, ...optionsOf(args, options) };
  const normal = normalize(file, Array.isArray(args) ? args : [], settings, true);
  const timeout = validateTimeout(settings.timeout);
  validateMaxBuffer(settings.maxBuffer);
  const done = binding.spawnSync({
    ...normal.native,
    input: inputOf(settings),
    timeout: timeout > 0 ? timeout : undefined,
    killSignal: sanitizeKillSignal(settings.killSignal),
    // As in Node there is no limit of 0.
    maxBuffer: Math.min(settings.maxBuffer || Infinity, Number.MAX_SAFE_INTEGER),
  });
  const decode = (bytes) => {
    if (!bytes) return null;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return settings.encoding && settings.encoding !== 'buffer' ? buffer.toString(settings.encoding) : buffer;
  };
  const failed = done.pid === 0;
  const output = failed ? null : normal.native.stdio.map((place, fd) => {
    if (place !== 'pipe' || fd === 0) return null;
    return decode(fd === 1 ? done.stdout : fd === 2 ? done.stderr : done.others[fd - 3]);
  });
  const result = {
    status: done.status ?? null,
    signal: signalName(done.signal),
    output,
    pid: done.pid,
    stdout: output && output[1],
    stderr: output && output[2],
  };
  if (done.error !== undefined && done.error !== null) {
    const error = errnoException(done.error, `spawnSync ${normal.file}`);
    error.path = normal.file;
    error.spawnargs = normal.spawnargs.slice(1);
    return { error, ...result };
  }
  return result;
}

function checkSync(result, args, cmd) {
  let error;
  if (result.error) {
    error = result.error;
    Object.assign(error, result);
  } else if (result.status !== 0) {
    let message = `Command failed: ${cmd ?? args.join(' ')}`;
    if (result.stderr && result.stderr.length > 0) message += `\n${result.stderr.toString()}`;
    error = Object.assign(new Error(message), result);
  }
  return error;
}

function finishSync(result, options, args, cmd) {
  if (!options.stdio && result.stderr) process.stderr.write(result.stderr);
  const error = checkSync(result, args, cmd);
  if (error) throw error;
  return result.stdout;
}

function execFileSync(file, args, options) {
  const normal = execFileArguments(file, args, options);
  const result = spawnSync(file, normal.args, normal.options);
  return finishSync(result, normal.options, [normal.options.argv0 ?? file, ...normal.args]);
}

function execSync(command, options) {
  const normal = execArguments(command, options);
  const result = spawnSync(command, [], normal.options);
  return finishSync(result, normal.options, undefined, command);
}

function fork(modulePath, args, options) {
  if (ArrayBuffer.isView(modulePath)) {
    modulePath = Buffer.from(modulePath.buffer, modulePath.byteOffset, modulePath.byteLength).toString();
  } else if (modulePath?.href !== undefined) {
    modulePath = require('url').fileURLToPath(modulePath);
  } else if (typeof modulePath !== 'string') {
    throw new codes.ERR_INVALID_ARG_TYPE('modulePath', ['string', 'Buffer', 'URL'], modulePath);
  }
  if (modulePath.includes('\0')) {
    throw new codes.ERR_INVALID_ARG_VALUE('modulePath', modulePath, 'must be a string, Uint8Array, or URL without null bytes');
  }
  if (args === undefined || args === null) {
    args = [];
  } else if (typeof args === 'object' && !Array.isArray(args)) {
    options = args;
    args = [];
  } else if (!Array.isArray(args)) {
    throw new codes.ERR_INVALID_ARG_TYPE('args', 'Array', args);
  }
  if (options !== undefined && options !== null) validateObject(options, 'options');
  const settings = { ...options, shell: false };
  const file = settings.execPath || process.execPath;
  const { stdio } = settings;
  if (typeof stdio === 'string' || !Array.isArray(stdio)) {
    const each = typeof stdio === 'string' ? stdio : settings.silent ? 'pipe' : 'inherit';
    if (!['ignore', 'pipe', 'overlapped', 'inherit'].includes(each)) throw new codes.ERR_INVALID_ARG_VALUE('stdio', each);
    settings.stdio = [each, each, each, 'ipc'];
  } else if (!stdio.includes('ipc')) {
    throw new codes.ERR_CHILD_PROCESS_IPC_REQUIRED('options.stdio');
  }
  return spawn(file, [...(settings.execArgv || process.execArgv), modulePath, ...args], settings);
}

/** In a child, for its own end of the channel. */
function openParentChannel(fd, serialization) {
  const native = binding.channel(fd);
  if (native.error !== undefined) throw errnoException(native.error, 'open');
  if (serialization === 'advanced') throw notImplemented("a channel with the serialization 'advanced'");
  const channel = openChannel(process, native);
  native.unref();
  // Only who listens waits for messages.
  const counts = (name) => name === 'message' || name === 'disconnect';
  process.on('newListener', (name) => {
    if (counts(name)) channel.refCounted();
  });
  process.on('removeListener', (name) => {
    if (counts(name)) channel.unrefCounted();
  });
}

module.exports = { _forkChild: openParentChannel, ChildProcess, exec, execFile, execFileSync, execSync, fork, spawn, spawnSync };
