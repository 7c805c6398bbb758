'use strict';
// string_decoder: bytes that arrive in pieces, as strings that never end within a character.

const { codecOf, utf8SequenceLength } = require('internal/buffer/codec');
const { Buffer } = require('buffer');

// How many bytes at the end of `bytes` may be the beginning of a longer character.
function unfinishedUtf8(bytes) {
  const end = bytes.length;
  for (let back = 1; back <= Math.min(3, end); back++) {
    const lead = bytes[end - back];
    if ((lead & 0xc0) === 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    return utf8SequenceLength(bytes, end - back, end) === -back ? back : 0;
  }
  return 0;
}

function unfinishedUtf16(bytes) {
  const odd = bytes.length % 2;
  const end = bytes.length - odd;
  // A high surrogate waits for its other half.
  return odd + (end >= 2 && (bytes[end - 1] & 0xfc) === 0xd8 ? 2 : 0);
}

const unfinished = {
  __proto__: null,
  utf8: unfinishedUtf8,
  utf16le: unfinishedUtf16,
  base64: (bytes) => bytes.length % 3,
  base64url: (bytes) => bytes.length % 3,
};

const utf8Need = (lead) => (lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

/** StringDecoder(encoding); callable without new as in Node. */
function StringDecoder(encoding) {
  if (new.target === undefined && !(this instanceof StringDecoder)) return new StringDecoder(encoding);
  const codec = encoding === undefined || encoding === null || encoding === '' ? codecOf('utf8') : codecOf(encoding);
  if (codec === undefined) {
    const { codes } = require('internal/errors');
    throw new codes.ERR_UNKNOWN_ENCODING(encoding);
  }
  this.encoding = codec.name;
  Object.defineProperty(this, '_codec', { value: codec });
  Object.defineProperty(this, '_pending', { value: Buffer.alloc(0), writable: true });
}

StringDecoder.prototype.write = function write(buffer) {
  if (typeof buffer === 'string') return buffer;
  if (!ArrayBuffer.isView(buffer)) {
    const { codes } = require('internal/errors');
    throw new codes.ERR_INVALID_ARG_TYPE('buf', ['Buffer', 'TypedArray', 'DataView'], buffer);
  }
  let bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (this._pending.length !== 0) bytes = Buffer.concat([this._pending, bytes]);
  const measure = unfinished[this.encoding];
  const rest = measure === undefined ? 0 : measure(bytes);
  const end = bytes.length - rest;
  // A copy: the caller may use its buffer again.
  this._pending = rest === 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(end));
  return end === 0 ? '' : this._codec.decode(bytes, 0, end);
};

StringDecoder.prototype.end = function end(buffer) {
  let string = buffer === undefined ? '' : this.write(buffer);
  const bytes = this._pending;
  this._pending = Buffer.alloc(0);
  if (bytes.length !== 0) string += this._codec.decode(bytes, 0, bytes.length);
  return string;
};

StringDecoder.prototype.text = function text(buffer, offset) {
  this._pending = Buffer.alloc(0);
  return this.write(buffer.slice(offset));
};

Object.defineProperties(StringDecoder.prototype, {
  lastChar: {
    configurable: true,
    enumerable: true,
    get() { return Buffer.concat([this._pending, Buffer.alloc(4)], 4); },
  },
  lastNeed: {
    configurable: true,
    enumerable: true,
    get() { return this._pending.length === 0 ? 0 : this.lastTotal - this._pending.length; },
  },
  lastTotal: {
    configurable: true,
    enumerable: true,
    get() {
      if (this._pending.length === 0) return 0;
      if (this.encoding === 'utf8') return utf8Need(this._pending[0]);
      if (this.encoding === 'utf16le') return this._pending.length > 1 ? 4 : 2;
      return 3;
    },
  },
});

module.exports = { StringDecoder };
