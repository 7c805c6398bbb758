'use strict';

// Standard output and error: written at once and to the end, as Node writes files, pipes and terminals on Linux.

const EventEmitter = require('events');
const { codes, errnoException, notImplemented } = require('internal/errors');
const binding = internalBinding('console');

function create(fd) {
  return new SyncWriteStream(fd);
}

class SyncWriteStream extends EventEmitter {
  constructor(fd) {
    super();
    this.fd = fd;
    this._type = binding.isTerminal(fd) ? 'tty' : 'pipe';
    if (this._type === 'tty') this.isTTY = true;
    this._isStdio = true;
    this.writable = true;
    this.writableEnded = false;
    this.writableLength = 0;
    this.writableHighWaterMark = 16384;
    this.destroyed = false;
    this.errored = null;
  }

  write(chunk, encoding, callback) {
    if (typeof encoding === 'function') {
      callback = encoding;
      encoding = undefined;
    }
    if (chunk === null) throw new codes.ERR_STREAM_NULL_VALUES();
    let error;
    if (typeof chunk === 'string' && (encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding))) {
      error = binding.write(this.fd, chunk.isWellFormed() ? chunk : chunk.toWellFormed());
    } else if (typeof chunk === 'string') {
      if (!Buffer.isEncoding(encoding)) throw new codes.ERR_UNKNOWN_ENCODING(encoding);
      error = binding.writeBytes(this.fd, Buffer.from(chunk, encoding));
    } else if (ArrayBuffer.isView(chunk)) {
      error = binding.writeBytes(this.fd, new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } else {
      throw new codes.ERR_INVALID_ARG_TYPE('chunk', ['string', 'Buffer', 'Uint8Array'], chunk);
    }
    if (error !== 0) {
      const failure = errnoException(error, 'write');
      // The console ignores the first error, by a listener that it adds when its callback is told; the next one is an
      // uncaught exception if nobody listens. So a program whose reader has gone comes to its end.
      const isFirst = !this.errored;
      this.errored = failure;
      process.nextTick(() => {
        if (isFirst && typeof callback === 'function') callback(failure);
        this.emit('error', failure);
      });
      return false;
    }
    if (typeof callback === 'function') process.nextTick(callback, null);
    return true;
  }

  end(chunk, encoding, callback) {
    if (typeof chunk === 'function') {
      callback = chunk;
      chunk = undefined;
    }
    if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
    if (typeof callback === 'function') process.nextTick(callback);
    return this;
  }

  // Nothing is ever held back, so there is nothing to hold.
  cork() {}

  uncork() {}

  destroy() {
    return this;
  }

  setDefaultEncoding() {
    return this;
  }

  hasColors() {
    return this.getColorDepth() > 1;
  }

  getColorDepth() {
    return this.isTTY && process.env.NO_COLOR === undefined ? 8 : 1;
  }

  pipe() {
    throw notImplemented('process.stdout.pipe()');
  }
}

module.exports = { create };
