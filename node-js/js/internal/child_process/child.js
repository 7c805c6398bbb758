'use strict';

// ChildProcess: a child of the native side, with Node's properties and events.

const EventEmitter = require('events');
const { AbortError, codes, errnoException, notImplemented } = require('internal/errors');
const { validateAbortSignal, validateObject, validateOneOf, validateString } = require('internal/validators');
const { capture } = require('internal/async_context');
const { normalize, pairOf, signalName, signalNumber, stdioOf } = require('internal/child_process/arguments');
const { kLeft, openChannel } = require('internal/child_process/channel');
const ChildStream = require('internal/child_process/stream');

const binding = internalBinding('child_process');

const kStart = Symbol('kStart');

class ChildProcess extends EventEmitter {
  #native = null;
  #channel;

  constructor() {
    super();
    this.killed = false;
    this.exitCode = null;
    this.signalCode = null;
    this.spawnfile = null;
    this.spawnargs = [];
    this.pid = undefined;
    this.stdin = null;
    this.stdout = null;
    this.stderr = null;
    this.stdio = [];
    this.connected = false;
  }

  /** As Node's: for those who put the options together themselves. */
  spawn(options) {
    validateObject(options, 'options');
    const { file, args, envPairs, cwd, stdio, detached, uid, gid, serialization } = options;
    validateOneOf(serialization, 'options.serialization', [undefined, 'json', 'advanced']);
    const places = stdioOf(stdio);
    validateString(file, 'options.file');
    if (args !== undefined && !Array.isArray(args)) throw new codes.ERR_INVALID_ARG_TYPE('options.args', 'Array', args);
    const list = (args ?? []).map(String);
    this[kStart]({
      file,
      spawnargs: list,
      native: {
        file,
        args: list.slice(1),
        argv0: list[0] ?? file,
        env: Array.isArray(envPairs) ? envPairs.map(pairOf) : undefined,
        stdio: places,
        cwd: cwd ?? undefined,
        detached: !!detached,
        uid: uid ?? undefined,
        gid: gid ?? undefined,
      },
    });
    return 0;
  }

  [kStart](options) {
    this.spawnfile = options.file;
    this.spawnargs = options.spawnargs;
    const place = options.native.stdio.indexOf('ipc');
    if (place >= 0) options.native = withChannel(options, place);
    const native = binding.spawn(options.native, capture((event, first, second) => this.#tell(event, first, second)));
    if (native.error !== undefined) throw errnoException(native.error, 'spawn');
    this.#native = native;
    this.pid = this.#native.pid ?? undefined;
    this.stdio = native.stdio.map((native, fd) => (native && fd !== place ? new ChildStream(native, fd > 0) : null));
    [this.stdin = null, this.stdout = null, this.stderr = null] = this.stdio;
    if (native.stdio[place]) this.#channel = openChannel(this, native.stdio[place]);
  }

  #tell(event, first, second) {
    if (event === 'exit') {
      this.exitCode = first;
      this.signalCode = signalName(second);
      this.#native = null;
      this.emit('exit', this.exitCode, this.signalCode);
    } else if (event === 'close') {
      // Its streams are through, although some are yet to tell so.
      for (const stream of this.stdio) stream?._gone();
      // Node waits for the channel's end, which who has disconnected does not hear of.
      if (!this.#channel?.[kLeft]) this.emit('close', this.exitCode, this.signalCode);
    } else if (event === 'error') {
      const failed = this.pid === undefined;
      const error = errnoException(first, failed ? `spawn ${this.spawnfile}` : 'kill');
      if (failed) {
        this.exitCode = first;
        this.#native = null;
        error.path = this.spawnfile;
        error.spawnargs = this.spawnargs.slice(1);
      }
      this.emit('error', error);
    } else {
      this.emit(event);
    }
  }

  kill(signal) {
    const number = signal === 0 ? 0 : signalNumber(signal === undefined ? 'SIGTERM' : signal);
    if (!this.#native || this.pid === undefined) return false;
    const sent = this.#native.kill(number);
    if (sent < 0) throw errnoException(sent, 'kill');
    if (sent === 1) this.killed = true;
    return sent === 1;
  }

  ref() {
    this.#native?.ref();
  }

  unref() {
    this.#native?.unref();
  }

  [Symbol.dispose]() {
    if (!this.killed) this.kill();
  }
}

/** The options of the native side, to which the channel is a pipe like others. */
function withChannel({ native, serialization }, place) {
  if (serialization === 'advanced') throw notImplemented("child_process.spawn() with the serialization 'advanced'");
  const stdio = native.stdio.with(place, 'pipe');
  const env = native.env ?? Object.entries(process.env);
  return { ...native, stdio, env: [...env, ['NODE_CHANNEL_FD', `${place}`], ['NODE_CHANNEL_SERIALIZATION_MODE', 'json']] };
}

function abort(child, killSignal, reason) {
  try {
    if (child.kill(killSignal)) child.emit('error', new AbortError(undefined, { cause: reason }));
  } catch (error) {
    child.emit('error', error);
  }
}

function start(file, args, options) {
  const normal = normalize(file, args, options);
  if (normal.signal !== undefined) validateAbortSignal(normal.signal, 'options.signal');
  validateOneOf(normal.serialization, 'options.serialization', [undefined, 'json', 'advanced']);
  const child = new ChildProcess();
  child[kStart](normal);
  const { signal } = normal;
  if (signal) {
    const killSignal = (Array.isArray(args) || args == null ? options : args)?.killSignal;
    const onAbort = () => abort(child, killSignal, signal.reason);
    if (signal.aborted) {
      process.nextTick(onAbort);
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
      child.once('exit', () => signal.removeEventListener('abort', onAbort));
    }
  }
  return child;
}

module.exports = { ChildProcess, start };
