'use strict';
// TextEncoder and TextDecoder of the WHATWG Encoding Standard, for UTF-8, UTF-16 and windows-1252.

const { utf8, codecOf, utf8SequenceLength } = require('internal/buffer/codec');
const { isAnyArrayBuffer } = require('internal/util/types');

const codes = () => require('internal/errors').codes;
const custom = Symbol.for('nodejs.util.inspect.custom');

class TextEncoder {
  #encoding = 'utf-8';

  get encoding() { return this.#encoding; }

  encode(input = '') {
    return utf8.encode(`${input}`);
  }

  /** Writes as many whole characters as fit; `read` counts UTF-16 units, `written` bytes. */
  encodeInto(source, destination) {
    require('internal/validators').validateString(source, 'src');
    if (!(destination instanceof Uint8Array)) {
      throw new (codes().ERR_INVALID_ARG_TYPE)('dest', 'Uint8Array', destination);
    }
    const bytes = utf8.encode(source);
    const written = utf8.fit(bytes, destination.length);
    destination.set(bytes.subarray(0, written));
    if (written === bytes.length) return { read: source.length, written };
    let read = 0;
    for (let i = 0; i < written; i++) {
      if ((bytes[i] & 0xc0) !== 0x80) read += bytes[i] < 0xf0 ? 1 : 2;
    }
    return { read, written };
  }

  [custom](depth, options, inspect) {
    if (typeof depth === 'number' && depth < 0) return this;
    return inspect({ __proto__: { constructor: TextEncoder }, encoding: this.encoding }, options);
  }
}

const labels = {
  'utf-8': 'unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8',
  'utf-16le': 'csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le',
  'utf-16be': 'unicodefffe utf-16be',
  'windows-1252': 'ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 ' +
    'iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252',
};

function encodingOf(label) {
  const name = `${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase();
  for (const encoding of Object.keys(labels)) {
    if (labels[encoding].split(' ').includes(name)) return encoding;
  }
  throw new (codes().ERR_ENCODING_NOT_SUPPORTED)(label);
}

// How many bytes at the end may still become a character, given the bytes that follow.
function unfinished(bytes, encoding) {
  const end = bytes.length;
  if (encoding === 'utf-8') {
    for (let back = 1; back <= Math.min(3, end); back++) {
      const lead = bytes[end - back];
      if ((lead & 0xc0) === 0x80) continue;
      const isLead = lead >= 0xc2 && lead <= 0xf4;
      return isLead && utf8SequenceLength(bytes, end - back, end) === -back ? back : 0;
    }
    return 0;
  }
  if (encoding === 'windows-1252') return 0;
  const odd = end % 2;
  const high = bytes[end - odd - (encoding === 'utf-16le' ? 1 : 2)];
  return odd + (end - odd >= 2 && (high & 0xfc) === 0xd8 ? 2 : 0);
}

function isValidUtf8(bytes) {
  for (let i = 0; i < bytes.length;) {
    const length = utf8SequenceLength(bytes, i, bytes.length);
    if (length < 0) return false;
    i += length;
  }
  return true;
}

function decodeUtf16(bytes, encoding, fatal) {
  const whole = bytes.length & ~1;
  if (encoding === 'utf-16be') {
    bytes = bytes.slice();
    for (let i = 0; i < whole; i += 2) {
      const byte = bytes[i];
      bytes[i] = bytes[i + 1];
      bytes[i + 1] = byte;
    }
  }
  const string = codecOf('utf16le').decode(bytes, 0, whole);
  if (fatal && (whole !== bytes.length || !string.isWellFormed())) return undefined;
  return string.toWellFormed() + (whole === bytes.length ? '' : '\ufffd');
}

class TextDecoder {
  #encoding;
  #fatal;
  #ignoreBOM;
  #pending = new Uint8Array(0);
  #started = false; // whether a byte order mark can no longer come

  constructor(encoding = 'utf-8', options = {}) {
    if (options === null || (typeof options !== 'object' && typeof options !== 'function')) {
      throw new (codes().ERR_INVALID_ARG_TYPE)('options', 'Object', options);
    }
    this.#encoding = encodingOf(encoding);
    this.#fatal = Boolean(options.fatal);
    this.#ignoreBOM = Boolean(options.ignoreBOM);
  }

  get encoding() { return this.#encoding; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }

  decode(input = new Uint8Array(0), options = {}) {
    let bytes;
    if (isAnyArrayBuffer(input)) {
      bytes = new Uint8Array(input);
    } else if (ArrayBuffer.isView(input)) {
      bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    } else {
      throw new (codes().ERR_INVALID_ARG_TYPE)('input', ['ArrayBuffer', 'ArrayBufferView'], input);
    }
    const stream = Boolean(options.stream);
    if (this.#pending.length !== 0) {
      const joined = new Uint8Array(this.#pending.length + bytes.length);
      joined.set(this.#pending);
      joined.set(bytes, this.#pending.length);
      bytes = joined;
      this.#pending = new Uint8Array(0);
    }
    if (stream) {
      const end = bytes.length - unfinished(bytes, this.#encoding);
      this.#pending = bytes.slice(end);
      bytes = bytes.subarray(0, end);
    }
    let string = this.#decode(bytes);
    if (string === undefined) {
      this.#started = false;
      this.#pending = new Uint8Array(0);
      throw new (codes().ERR_ENCODING_INVALID_ENCODED_DATA)(this.#encoding, undefined);
    }
    if (!this.#started && string.length !== 0) {
      if (!this.#ignoreBOM && string[0] === '\ufeff' && this.#encoding !== 'windows-1252') string = string.slice(1);
      this.#started = true;
    }
    if (!stream) this.#started = false;
    return string;
  }

  #decode(bytes) {
    if (this.#encoding === 'utf-8') {
      if (this.#fatal && !isValidUtf8(bytes)) return undefined;
      return utf8.decode(bytes, 0, bytes.length);
    }
    // As Node 20: the bytes 0x80 to 0x9f stay control characters.
    if (this.#encoding === 'windows-1252') return codecOf('latin1').decode(bytes, 0, bytes.length);
    return decodeUtf16(bytes, this.#encoding, this.#fatal);
  }
}

for (const [constructor, names] of [
  [TextEncoder, ['encode', 'encodeInto', 'encoding']],
  [TextDecoder, ['decode', 'encoding', 'fatal', 'ignoreBOM']],
]) {
  for (const name of names) Object.defineProperty(constructor.prototype, name, { enumerable: true });
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, { value: constructor.name, configurable: true });
}

module.exports = { TextEncoder, TextDecoder };
