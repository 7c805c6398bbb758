'use strict';

// The channel between a parent and its child: messages, each a line of JSON, as Node's own children and parents speak it.

const EventEmitter = require('events');
const { codes, errnoException, notImplemented } = require('internal/errors');
const { validateObject } = require('internal/validators');
const { capture } = require('internal/async_context');

const kInternal = 'NODE_';
/** As many bytes may wait to be written before `send` says so. */
const kQueue = 2 * 65536;
/** Of a channel: this side has disconnected itself. */
const kLeft = Symbol('kLeft');

/** What a script sees as `channel`: whether it keeps the loop alive. */
class Channel extends EventEmitter {
  #native;
  #references = 0;
  #isSaid = false;

  constructor(native) {
    super();
    this.#native = native;
  }

  /** On behalf of listeners and of messages under way, unless the script has said what it wants. */
  refCounted() {
    if (++this.#references === 1 && !this.#isSaid) this.#native.ref();
  }

  unrefCounted() {
    if (--this.#references === 0 && !this.#isSaid) {
      this.#native.unref();
      this.emit('unref');
    }
  }

  ref() {
    this.#isSaid = true;
    this.#native.ref();
  }

  unref() {
    this.#isSaid = true;
    this.#native.unref();
  }
}

/** Makes a target, the process or a child of it, one that sends and gets messages. */
function openChannel(target, native) {
  const channel = new Channel(native);
  const decoder = new (require('string_decoder').StringDecoder)('utf8');
  /** Of a line that is not whole yet. */
  let parts = [];
  let queued = 0;
  /** What came before anyone listened. */
  let unheard = [];

  const emit = (event, message) => {
    if (event === 'internalMessage' || target.listenerCount('message') > 0) target.emit(event, message, undefined);
    else unheard.push(message);
  };

  function take(message) {
    if (!target.channel) return;
    const isInternal = message !== null && typeof message === 'object' && typeof message.cmd === 'string' &&
      message.cmd.length > kInternal.length && message.cmd.startsWith(kInternal);
    // A handle that came along is not taken.
    if (isInternal && message.cmd === 'NODE_HANDLE') write({ cmd: 'NODE_HANDLE_NACK' });
    process.nextTick(emit, isInternal ? 'internalMessage' : 'message', message);
  }

  function write(message, callback) {
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    queued += bytes.length;
    channel.refCounted();
    native.write(bytes, capture((_, errno) => {
      queued -= bytes.length;
      channel.unrefCounted();
      // What waits when this side disconnects is lost, and as in Node nobody is told.
      const error = errno === null || !target.connected ? null : errnoException(errno, 'write');
      if (typeof callback === 'function') callback(error);
      else if (error !== null && callback !== null) target.emit('error', error);
    }));
    return queued < kQueue;
  }

  let hasEnded = false;
  target.connected = true;
  target.channel = channel;

  target.send = function send(message, handle, options, callback) {
    if (typeof handle === 'function') {
      callback = handle;
      handle = undefined;
      options = undefined;
    } else if (typeof options === 'function') {
      callback = options;
      options = undefined;
    } else if (options !== undefined) {
      validateObject(options, 'options');
    }
    if (!this.connected) {
      const error = new codes.ERR_IPC_CHANNEL_CLOSED();
      if (typeof callback === 'function') process.nextTick(callback, error);
      else process.nextTick(() => this.emit('error', error));
      return false;
    }
    if (message === undefined) throw new codes.ERR_MISSING_ARGS('message');
    if (!['string', 'object', 'number', 'boolean'].includes(typeof message)) {
      throw new codes.ERR_INVALID_ARG_TYPE('message', ['string', 'object', 'number', 'boolean'], message);
    }
    if (handle) throw notImplemented('sending a handle to another process');
    return write(message, options?.swallowErrors ? callback ?? null : callback);
  };

  target.disconnect = function disconnect() {
    if (!this.connected) {
      this.emit('error', new codes.ERR_IPC_DISCONNECTED());
      return;
    }
    this.connected = false;
    this._disconnect();
  };

  target._disconnect = function _disconnect() {
    this.channel = null;
    channel[kLeft] = !hasEnded;
    process.nextTick(() => {
      native.destroy();
      target.emit('disconnect');
    });
  };

  target.on('newListener', () => {
    process.nextTick(() => {
      if (!target.channel || target.listenerCount('message') === 0) return;
      const messages = unheard;
      unheard = [];
      for (const message of messages) target.emit('message', message, undefined);
    });
  });

  native.listen(capture((event) => {
    if (event !== 'end' && event !== 'close') return;
    hasEnded = true;
    if (target.connected) target.disconnect();
  }));
  native.flow(capture((bytes) => {
    const lines = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).split('\n');
    if (lines.length > 1) {
      lines[0] = parts.join('') + lines[0];
      parts = [];
    }
    parts.push(lines.pop());
    for (const line of lines) take(JSON.parse(line));
  }));
  return channel;
}

module.exports = { kLeft, openChannel };
