'use strict';
// Buffer's indexOf, lastIndexOf and includes.

const { codes } = require('internal/errors');
const { codecOf } = require('internal/buffer/codec');
const { isUint8Array } = require('internal/util/types');

function matchesAt(buffer, needle, at) {
  for (let i = 0; i < needle.length; i++) {
    if (buffer[at + i] !== needle[i]) return false;
  }
  return true;
}

// The first or last place of the needle; `step` is 2 where only whole UTF-16 units count.
function find(buffer, needle, offset, forward, step) {
  const length = buffer.length;
  if (offset < 0) {
    offset += length;
    if (offset < 0) {
      if (!forward && needle.length !== 0) return -1;
      offset = 0;
    }
  }
  if (needle.length === 0) return Math.min(offset, length);
  const last = length - needle.length;
  if (last < 0) return -1;
  if (forward) {
    for (let at = offset; at <= last; at++) {
      at = Uint8Array.prototype.indexOf.call(buffer, needle[0], at);
      if (at === -1 || at > last) return -1;
      if (at % step === 0 && matchesAt(buffer, needle, at)) return at;
    }
    return -1;
  }
  for (let at = Math.min(offset, last); at >= 0; at--) {
    if (at % step === 0 && matchesAt(buffer, needle, at)) return at;
  }
  return -1;
}

function search(buffer, value, byteOffset, encoding, forward) {
  if (typeof byteOffset === 'string') {
    encoding = byteOffset;
    byteOffset = undefined;
  }
  let offset = +byteOffset;
  if (Number.isNaN(offset)) offset = forward ? 0 : buffer.length;
  offset = Math.trunc(Math.min(Math.max(offset, -0x80000000), 0x7fffffff));

  if (typeof value === 'number') return find(buffer, [value & 255], offset, forward, 1);
  let codec = codecOf('utf8');
  if (encoding !== undefined) {
    codec = codecOf(encoding);
    if (codec === undefined && typeof value === 'string') throw new codes.ERR_UNKNOWN_ENCODING(encoding);
  }
  if (typeof value === 'string') {
    return find(buffer, codec.encode(value), offset, forward, codec.name === 'utf16le' ? 2 : 1);
  }
  if (isUint8Array(value)) {
    return find(buffer, value, offset, forward, codec !== undefined && codec.name === 'utf16le' ? 2 : 1);
  }
  throw new codes.ERR_INVALID_ARG_TYPE('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
}

module.exports = { search };
