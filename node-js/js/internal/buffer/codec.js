'use strict';
// Strings to bytes and back, in each of Buffer's encodings.
//
// A codec has `byteLength(string)`, `encode(string)`, `decode(bytes, start, end)`, and
// `fit(bytes, limit)`: how many of the encoded bytes to write where only `limit` fit.

const binding = internalBinding('buffer');

const CHUNK = 4096; // arguments to one call of String.fromCharCode

function charsToString(codes) {
  if (codes.length <= CHUNK) return String.fromCharCode.apply(null, codes);
  const parts = [];
  for (let i = 0; i < codes.length; i += CHUNK) {
    parts.push(String.fromCharCode.apply(null, codes.subarray(i, i + CHUNK)));
  }
  return parts.join('');
}

// ---- UTF-8 ----

function utf8ByteLength(string) {
  let length = string.length;
  for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code < 0x80) continue;
    length += code < 0x800 ? 1 : 2;
    if ((code & 0xfc00) === 0xd800 && (string.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
  }
  return length;
}

function utf8EncodeInto(string, bytes) {
  let at = 0;
  for (let i = 0; i < string.length; i++) {
    let code = string.charCodeAt(i);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
    } else {
      if ((code & 0xf800) === 0xd800) {
        const next = string.charCodeAt(i + 1);
        if (code < 0xdc00 && (next & 0xfc00) === 0xdc00) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
          i++;
        } else {
          code = 0xfffd; // a lone surrogate has no UTF-8 form
        }
      }
      if (code < 0x10000) {
        bytes[at++] = 0xe0 | (code >> 12);
      } else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

function utf8Encode(string) {
  const bytes = new Uint8Array(utf8ByteLength(string));
  utf8EncodeInto(string, bytes);
  return bytes;
}

// The length of the well-formed sequence at `at`, negated where the bytes are its broken beginning.
function utf8SequenceLength(bytes, at, end) {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let low = 0x80;
  let high = 0xbf;
  if (lead === 0xe0) low = 0xa0;
  else if (lead === 0xed) high = 0x9f;
  else if (lead === 0xf0) low = 0x90;
  else if (lead === 0xf4) high = 0x8f;
  for (let i = 1; i < length; i++) {
    if (at + i >= end || bytes[at + i] < low || bytes[at + i] > high) return -i;
    low = 0x80;
    high = 0xbf;
  }
  return length;
}

function utf8Decode(bytes, start, end) {
  const codes = new Uint16Array(end - start);
  let count = 0;
  for (let i = start; i < end;) {
    const lead = bytes[i];
    if (lead < 0x80) {
      codes[count++] = lead;
      i++;
      continue;
    }
    const length = utf8SequenceLength(bytes, i, end);
    if (length < 0) {
      codes[count++] = 0xfffd;
      i -= length;
      continue;
    }
    let code = lead & (0x7f >> length);
    for (let k = 1; k < length; k++) code = (code << 6) | (bytes[i + k] & 0x3f);
    if (code < 0x10000) {
      codes[count++] = code;
    } else {
      codes[count++] = 0xd7c0 + (code >> 10);
      codes[count++] = 0xdc00 | (code & 0x3ff);
    }
    i += length;
  }
  return charsToString(codes.subarray(0, count));
}

function isUtf8(bytes) {
  for (let i = 0; i < bytes.length;) {
    const length = utf8SequenceLength(bytes, i, bytes.length);
    if (length < 0) return false;
    i += length;
  }
  return true;
}

// Cuts before a character that the limit would split.
function fitUtf8(bytes, limit) {
  if (bytes.length <= limit) return bytes.length;
  while (limit > 0 && (bytes[limit] & 0xc0) === 0x80) limit--;
  return limit;
}

const fitAny = (bytes, limit) => Math.min(bytes.length, limit);

// The native functions take no lone surrogates; U+FFFD, which stands for one, is as long.
const wellFormed = (native) => (string) => native(string.isWellFormed() ? string : string.toWellFormed());

const utf8 = {
  name: 'utf8',
  byteLength: typeof binding.utf8ByteLength === 'function' ? wellFormed(binding.utf8ByteLength) : utf8ByteLength,
  encode: typeof binding.utf8Encode === 'function' ? wellFormed(binding.utf8Encode) : utf8Encode,
  decode: typeof binding.utf8Decode === 'function' ? binding.utf8Decode : utf8Decode,
  fit: fitUtf8,
};

// ---- Single bytes ----

function latin1Encode(string) {
  const bytes = new Uint8Array(string.length);
  for (let i = 0; i < string.length; i++) bytes[i] = string.charCodeAt(i);
  return bytes;
}

const latin1 = {
  name: 'latin1',
  byteLength: (string) => string.length,
  encode: latin1Encode,
  decode: (bytes, start, end) => charsToString(bytes.subarray(start, end)),
  fit: fitAny,
};

const ascii = {
  ...latin1,
  name: 'ascii',
  decode: (bytes, start, end) => charsToString(Uint8Array.prototype.slice.call(bytes, start, end).map((b) => b & 0x7f)),
};

// ---- UTF-16LE ----

const utf16le = {
  name: 'utf16le',
  byteLength: (string) => string.length * 2,
  encode(string) {
    const bytes = new Uint8Array(string.length * 2);
    for (let i = 0; i < string.length; i++) {
      const code = string.charCodeAt(i);
      bytes[2 * i] = code;
      bytes[2 * i + 1] = code >> 8;
    }
    return bytes;
  },
  decode(bytes, start, end) {
    const codes = new Uint16Array((end - start) >> 1);
    for (let i = 0; i < codes.length; i++) codes[i] = bytes[start + 2 * i] | (bytes[start + 2 * i + 1] << 8);
    return charsToString(codes);
  },
  fit: (bytes, limit) => Math.min(bytes.length, limit) & ~1,
};

// ---- Hexadecimal and base64 ----

const plain = (bytes, start, end) => new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);

const hex = {
  name: 'hex',
  byteLength: (string) => string.length >>> 1,
  // Stops at the first pair that is not hexadecimal.
  encode(string) {
    const bad = string.search(/[^0-9a-fA-F]/);
    const length = (bad === -1 ? string.length : bad) & ~1;
    return Uint8Array.fromHex(string.slice(0, length));
  },
  decode: (bytes, start, end) => plain(bytes, start, end).toHex(),
  fit: fitAny,
};

function base64Encode(string) {
  const padding = string.indexOf('=');
  if (padding !== -1) string = string.slice(0, padding);
  if (/[^A-Za-z0-9+/]/.test(string)) {
    string = string.replace(/-/g, '+').replace(/_/g, '/').replace(/[^A-Za-z0-9+/]+/g, '');
  }
  if (string.length % 4 === 1) string = string.slice(0, -1);
  return Uint8Array.fromBase64(string);
}

// Node's estimate for base64: it trusts the padding and counts every other character.
function base64ByteLength(string) {
  let length = string.length;
  if (length > 0 && string.endsWith('=')) length--;
  if (length > 1 && string[length - 1] === '=') length--;
  return (length * 3) >>> 2;
}

const base64 = {
  name: 'base64',
  byteLength: base64ByteLength,
  encode: base64Encode,
  decode: (bytes, start, end) => plain(bytes, start, end).toBase64(),
  fit: fitAny,
};

const base64url = {
  ...base64,
  name: 'base64url',
  decode: (bytes, start, end) => plain(bytes, start, end).toBase64({ alphabet: 'base64url', omitPadding: true }),
};

const codecs = {
  __proto__: null,
  'utf8': utf8,
  'utf-8': utf8,
  'ucs2': utf16le,
  'ucs-2': utf16le,
  'utf16le': utf16le,
  'utf-16le': utf16le,
  'latin1': latin1,
  'binary': latin1,
  'ascii': ascii,
  'hex': hex,
  'base64': base64,
  'base64url': base64url,
};

/** The codec of an encoding's name, in any case; undefined where there is none. */
function codecOf(encoding) {
  return codecs[encoding] ?? codecs[`${encoding}`.toLowerCase()];
}

module.exports = { codecOf, isUtf8, utf8, utf8SequenceLength, latin1 };
