'use strict';

// A child's pipe: the socket of the native side with the events and methods of Node's streams, but for 'readable'.

const EventEmitter = require('events');
const { codes, errnoException, notImplemented } = require('internal/errors');
const { capture } = require('internal/async_context');

const toBuffer = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function toError(errno, name) {
  if (errno !== null) return errnoException(errno, name);
  return new codes[name]('write');
}

class ChildStream extends EventEmitter {
  #native;
  #decoder;
  #flows = false;

  constructor(native, readable) {
    super();
    this.#native = native;
    this.readable = readable;
    this.writable = true;
    this.readableEnded = false;
    this.writableEnded = false;
    this.writableFinished = false;
    this.destroyed = false;
    this.errored = null;
    this.closed = false;
    native.listen(capture((event, errno, name) => this.#tell(event, errno, name)));
  }

  #tell(event, errno, name) {
    switch (event) {
      case 'end': {
        const rest = this.#decoder?.end();
        if (rest) this.emit('data', rest);
        this.readable = false;
        this.readableEnded = true;
        this.emit('end');
        break;
      }
      case 'finish':
        this.writableFinished = true;
        this.emit('finish');
        break;
      case 'error':
        this.errored = toError(errno, name);
        this.emit('error', this.errored);
        break;
      case 'close':
        this._gone();
        this.closed = true;
        this.emit('close', errno === 1);
        break;
      default:
        this.emit(event);
    }
  }

  _gone() {
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
  }

  on(event, listener) {
    super.on(event, listener);
    if (event === 'readable') throw notImplemented("the event 'readable' of a child's stream");
    if (event === 'data') this.#flow();
    return this;
  }

  /** Has the native side tell of bytes: they flow, unless the stream was paused. */
  #flow() {
    if (this.#flows) return;
    this.#flows = true;
    this.#native.flow(capture((bytes) => {
      const buffer = toBuffer(bytes);
      const chunk = this.#decoder ? this.#decoder.write(buffer) : buffer;
      if (chunk.length > 0) this.emit('data', chunk);
    }));
  }

  setEncoding(encoding) {
    const { StringDecoder } = require('string_decoder');
    this.#decoder = new StringDecoder(encoding);
    return this;
  }

  read() {
    throw notImplemented("read() of a child's stream");
  }

  pause() {
    this.#native.pause();
    return this;
  }

  resume() {
    this.#native.resume();
    return this;
  }

  isPaused() {
    return this.#native.isPaused();
  }

  write(chunk, encoding, callback) {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = undefined;
    }
    if (chunk === null) throw new codes.ERR_STREAM_NULL_VALUES();
    if (typeof chunk === 'string') {
      chunk = Buffer.from(chunk, encoding);
    } else if (!ArrayBuffer.isView(chunk)) {
      throw new codes.ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
    }
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#native.write(bytes, capture((_, errno, name) => {
      if (typeof callback === 'function') callback(name === null ? null : toError(errno, name));
    }));
  }

  end(chunk, encoding, callback) {
    if (typeof chunk === 'function') {
      callback = chunk;
      chunk = undefined;
    } else if (typeof encoding === 'function') {
      callback = encoding;
      encoding = undefined;
    }
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    if (typeof callback === 'function') this.once('finish', callback);
    this.writableEnded = true;
    this.writable = false;
    this.#native.end();
    return this;
  }

  destroy(error) {
    if (this.destroyed) return this;
    this._gone();
    if (error) {
      this.errored = error;
      process.nextTick(() => this.emit('error', error));
    }
    this.#native.destroy();
    return this;
  }

  pipe(destination, { end = true } = {}) {
    this.on('data', (chunk) => {
      if (destination.write(chunk) === false) {
        this.pause();
        destination.once('drain', () => this.resume());
      }
    });
    if (end && !destination._isStdio) this.once('end', () => destination.end());
    destination.emit('pipe', this);
    return destination;
  }

  async *[Symbol.asyncIterator]() {
    const chunks = [];
    let wake;
    let error;
    let over = this.readableEnded || this.destroyed;
    const next = () => {
      wake?.();
      wake = undefined;
    };
    this.on('data', (chunk) => {
      chunks.push(chunk);
      next();
    });
    this.once('error', (reason) => {
      error = reason;
      next();
    });
    this.once('close', () => {
      over = true;
      next();
    });
    this.once('end', () => {
      over = true;
      next();
    });
    try {
      for (;;) {
        if (chunks.length > 0) yield chunks.shift();
        else if (error) throw error;
        else if (over) return;
        else await new Promise((resolve) => { wake = resolve; });
      }
    } finally {
      this.destroy();
    }
  }
}

ChildStream.prototype.addListener = ChildStream.prototype.on;

module.exports = ChildStream;
