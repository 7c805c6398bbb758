'use strict';
// The buffer module: Buffer, a Uint8Array with Node's methods, and the functions beside it.

const { codecOf, isUtf8, utf8, latin1 } = require('internal/buffer/codec');
const { isAnyArrayBuffer, isArrayBufferView, isTypedArray, isUint8Array } = require('internal/util/types');

const kMaxLength = 2 ** 32;
const kStringMaxLength = 536870888;

let inspectMaxBytes = 50;

const codes = () => require('internal/errors').codes;
const validators = () => require('internal/validators');

class FastBuffer extends Uint8Array {}

/** Buffer(...) and new Buffer(...): the deprecated forms of Buffer.alloc and Buffer.from. */
function Buffer(value, encodingOrOffset, length) {
  warnOfConstructor();
  if (typeof value === 'number') {
    if (typeof encodingOrOffset === 'string') throw new (codes().ERR_INVALID_ARG_TYPE)('string', 'string', value);
    return Buffer.alloc(value);
  }
  return Buffer.from(value, encodingOrOffset, length);
}

let warned = false;

function warnOfConstructor() {
  if (warned) return;
  warned = true;
  process.emitWarning(
    'Buffer() is deprecated due to security and usability issues. Please use the ' +
    'Buffer.alloc(), Buffer.allocUnsafe(), or Buffer.from() methods instead.', 'DeprecationWarning', 'DEP0005');
}

Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer.prototype, 'constructor', {
  value: Buffer, writable: true, enumerable: false, configurable: true,
});
Object.defineProperty(Buffer, Symbol.species, { get: () => FastBuffer, configurable: true });

const hidden = (object, properties) => {
  for (const key of Reflect.ownKeys(properties)) {
    Object.defineProperty(object, key, {
      ...Object.getOwnPropertyDescriptor(properties, key), enumerable: typeof key === 'string',
    });
  }
};

const wrap = (bytes) => new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function requireCodec(encoding) {
  const codec = encoding === undefined || encoding === null || encoding === '' ? utf8 : codecOf(encoding);
  if (codec === undefined) throw new (codes().ERR_UNKNOWN_ENCODING)(encoding);
  return codec;
}

function requireBytes(value, name) {
  if (!isUint8Array(value)) throw new (codes().ERR_INVALID_ARG_TYPE)(name, ['Buffer', 'Uint8Array'], value);
}

function checkedSize(size) {
  validators().validateNumber(size, 'size', 0, kMaxLength);
  return Math.trunc(size);
}

// ---- Making buffers ----

function fromArrayBuffer(buffer, byteOffset, length) {
  const offset = +byteOffset || 0;
  const most = buffer.byteLength - offset;
  if (most < 0) throw new (codes().ERR_BUFFER_OUT_OF_BOUNDS)('offset');
  if (length === undefined) return new FastBuffer(buffer, offset, most);
  length = +length > 0 ? +length : 0;
  if (length > most) throw new (codes().ERR_BUFFER_OUT_OF_BOUNDS)('length');
  return new FastBuffer(buffer, offset, length);
}

function fromArrayLike(array) {
  const buffer = new FastBuffer(array.length > 0 ? Math.trunc(array.length) : 0);
  if (buffer.length > 0) Uint8Array.prototype.set.call(buffer, array);
  return buffer;
}

function fromObject(object) {
  if (object.length !== undefined || isAnyArrayBuffer(object.buffer)) {
    return typeof object.length === 'number' ? fromArrayLike(object) : new FastBuffer();
  }
  if (object.type === 'Buffer' && Array.isArray(object.data)) return fromArrayLike(object.data);
  return undefined;
}

function fromString(string, encoding) {
  if (typeof encoding !== 'string' || encoding.length === 0) encoding = 'utf8';
  return wrap(requireCodec(encoding).encode(string));
}

hidden(Buffer, {
  poolSize: 8192,

  from(value, encodingOrOffset, length) {
    if (typeof value === 'string') return fromString(value, encodingOrOffset);
    if (typeof value === 'object' && value !== null) {
      if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
      const primitive = value.valueOf && value.valueOf();
      if (primitive !== null && primitive !== undefined && primitive !== value &&
          (typeof primitive === 'string' || typeof primitive === 'object')) {
        return Buffer.from(primitive, encodingOrOffset, length);
      }
      const buffer = fromObject(value);
      if (buffer !== undefined) return buffer;
      if (typeof value[Symbol.toPrimitive] === 'function') {
        const string = value[Symbol.toPrimitive]('string');
        if (typeof string === 'string') return fromString(string, encodingOrOffset);
      }
    }
    throw new (codes().ERR_INVALID_ARG_TYPE)(
      'first argument', ['string', 'Buffer', 'ArrayBuffer', 'Array', 'Array-like Object'], value);
  },

  copyBytesFrom(view, offset, length) {
    if (!isTypedArray(view)) throw new (codes().ERR_INVALID_ARG_TYPE)('view', ['TypedArray'], view);
    const start = offset === undefined ? 0 : offset;
    if (offset !== undefined) validators().validateInteger(offset, 'offset', 0);
    if (length !== undefined) validators().validateInteger(length, 'length', 0);
    const part = view.subarray(start, length === undefined ? view.length : start + length);
    return Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  },

  of(...items) {
    return fromArrayLike(items);
  },

  alloc(size, fill, encoding) {
    const buffer = new FastBuffer(checkedSize(size));
    if (fill === undefined || fill === 0 || buffer.length === 0) return buffer;
    return fillBuffer(buffer, fill, 0, buffer.length, encoding);
  },

  // Never memory of someone else: the engine hands out zeroed pages alone.
  allocUnsafe(size) {
    return new FastBuffer(checkedSize(size));
  },

  allocUnsafeSlow(size) {
    return new FastBuffer(checkedSize(size));
  },

  isBuffer(value) {
    return value instanceof Buffer;
  },

  compare(buf1, buf2) {
    requireBytes(buf1, 'buf1');
    requireBytes(buf2, 'buf2');
    return buf1 === buf2 ? 0 : compareBytes(buf1, buf2);
  },

  isEncoding(encoding) {
    return typeof encoding === 'string' && encoding.length !== 0 && codecOf(encoding) !== undefined;
  },

  concat(list, length) {
    validators().validateArray(list, 'list');
    if (length === undefined) {
      length = 0;
      for (const item of list) {
        if (item && item.length) length += item.length;
      }
    } else {
      validators().validateInteger(length, 'length', 0, kMaxLength);
    }
    const buffer = new FastBuffer(length);
    let at = 0;
    for (let i = 0; i < list.length; i++) {
      requireBytes(list[i], `list[${i}]`);
      const part = list[i].length > length - at ? list[i].subarray(0, length - at) : list[i];
      Uint8Array.prototype.set.call(buffer, part, at);
      at += part.length;
    }
    return buffer;
  },

  byteLength(string, encoding) {
    if (typeof string !== 'string') {
      if (isArrayBufferView(string) || isAnyArrayBuffer(string)) return string.byteLength;
      throw new (codes().ERR_INVALID_ARG_TYPE)('string', ['string', 'Buffer', 'ArrayBuffer'], string);
    }
    return ((encoding && codecOf(encoding)) || utf8).byteLength(string);
  },
});

// ---- Comparing, filling, copying ----

function compareBytes(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

function fillBuffer(buffer, value, offset, end, encoding) {
  const given = value;
  if (typeof value === 'string') {
    if (offset === undefined || typeof offset === 'string') {
      encoding = offset;
      offset = 0;
      end = buffer.length;
    } else if (typeof end === 'string') {
      encoding = end;
      end = buffer.length;
    }
    if (encoding !== undefined) validators().validateString(encoding, 'encoding');
    const codec = requireCodec(encoding);
    if (value.length === 0) {
      value = 0;
    } else {
      value = codec.encode(value);
    }
  } else if (isArrayBufferView(value)) {
    value = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  } else {
    value = typeof value === 'boolean' ? +value : value & 255;
  }
  if (offset === undefined) {
    offset = 0;
    end = buffer.length; // without a start, an end does not count
  } else {
    validators().validateInteger(offset, 'offset', 0, kMaxLength);
    if (end === undefined) end = buffer.length;
    else validators().validateInteger(end, 'end', 0, buffer.length);
  }
  offset >>>= 0;
  end >>>= 0;
  if (offset >= end) return buffer;
  if (value.length === 0) throw new (codes().ERR_INVALID_ARG_VALUE)('value', given);
  if (typeof value === 'number' || value.length === 1) {
    Uint8Array.prototype.fill.call(buffer, typeof value === 'number' ? value : value[0], offset, end);
    return buffer;
  }
  // The pattern once, then what is there already, twice as much each time.
  Uint8Array.prototype.set.call(buffer, value.subarray(0, end - offset), offset);
  for (let done = value.length; offset + done < end; done *= 2) {
    Uint8Array.prototype.copyWithin.call(buffer, offset + done, offset, Math.min(offset + done, end - done));
  }
  return buffer;
}

function swap(buffer, size) {
  if (buffer.length % size !== 0) throw new (codes().ERR_INVALID_BUFFER_SIZE)(`${size * 8}-bits`);
  for (let i = 0; i < buffer.length; i += size) {
    for (let low = i, high = i + size - 1; low < high; low++, high--) {
      const byte = buffer[low];
      buffer[low] = buffer[high];
      buffer[high] = byte;
    }
  }
  return buffer;
}

function writeString(buffer, string, offset, length, codec) {
  const bytes = codec.encode(string);
  const count = codec.fit(bytes, length);
  Uint8Array.prototype.set.call(buffer, count === bytes.length ? bytes : bytes.subarray(0, count), offset);
  return count;
}

function copyBytes(source, target, targetStart, sourceStart, sourceEnd) {
  if (!isArrayBufferView(target)) {
    throw new (codes().ERR_INVALID_ARG_TYPE)('target', ['Buffer', 'Uint8Array'], target);
  }
  const integer = (value, fallback) => {
    const number = Math.floor(+value);
    return Number.isSafeInteger(number) ? number : fallback;
  };
  const to = integer(targetStart, 0);
  if (to < 0) throw new (codes().ERR_OUT_OF_RANGE)('targetStart', '>= 0', to);
  const from = integer(sourceStart, 0);
  if (from < 0 || from > source.length) {
    throw new (codes().ERR_OUT_OF_RANGE)('sourceStart', `>= 0 && <= ${source.length}`, from);
  }
  let end = integer(sourceEnd, sourceEnd === undefined ? source.length : 0);
  if (end < 0) throw new (codes().ERR_OUT_OF_RANGE)('sourceEnd', '>= 0', end);
  if (to >= target.byteLength || from >= end) return 0;
  end = Math.min(end, source.length, from + target.byteLength - to);
  const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  bytes.set(source.subarray(from, end), to);
  return end - from;
}

const sliceWith = (name) => function (start, end) {
  return this.toString(name, start, end);
};

const writeWith = (name) => function (string, offset = 0, length = this.length - offset) {
  return this.write(string, offset, length, name);
};

hidden(Buffer.prototype, {
  copy(target, targetStart, sourceStart, sourceEnd) {
    return copyBytes(this, target, targetStart, sourceStart, sourceEnd);
  },

  toString(encoding, start, end) {
    const { length } = this;
    start = start === undefined || !(start > 0) ? 0 : Math.trunc(start);
    end = end === undefined || end > length ? length : Math.trunc(end) || 0;
    if (start >= length || end <= start) return '';
    const codec = encoding === undefined ? utf8 : codecOf(encoding);
    if (codec === undefined) throw new (codes().ERR_UNKNOWN_ENCODING)(encoding);
    return codec.decode(this, start, end);
  },

  equals(otherBuffer) {
    requireBytes(otherBuffer, 'otherBuffer');
    return this === otherBuffer || (this.length === otherBuffer.length && compareBytes(this, otherBuffer) === 0);
  },

  compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
    requireBytes(target, 'target');
    const bound = (value, name, fallback, most = kMaxLength) => {
      if (value === undefined) return fallback;
      validators().validateInteger(value, name, 0, most);
      return value;
    };
    const toStart = bound(targetStart, 'targetStart', 0);
    const toEnd = bound(targetEnd, 'targetEnd', target.length, target.length);
    const fromStart = bound(sourceStart, 'sourceStart', 0);
    const fromEnd = bound(sourceEnd, 'sourceEnd', this.length, this.length);
    if (fromStart >= fromEnd) return toStart >= toEnd ? 0 : -1;
    if (toStart >= toEnd) return 1;
    return compareBytes(this.subarray(fromStart, fromEnd), target.subarray(toStart, toEnd));
  },

  indexOf(value, byteOffset, encoding) {
    return require('internal/buffer/search').search(this, value, byteOffset, encoding, true);
  },

  lastIndexOf(value, byteOffset, encoding) {
    return require('internal/buffer/search').search(this, value, byteOffset, encoding, false);
  },

  includes(value, byteOffset, encoding) {
    return this.indexOf(value, byteOffset, encoding) !== -1;
  },

  fill(value, offset, end, encoding) {
    return fillBuffer(this, value, offset, end, encoding);
  },

  write(string, offset, length, encoding) {
    if (offset === undefined) {
      // Without an offset the other arguments do not count.
      offset = 0;
      length = this.length;
      encoding = 'utf8';
    } else if (length === undefined && typeof offset === 'string') {
      encoding = offset;
      offset = 0;
      length = this.length;
    } else {
      validators().validateInteger(offset, 'offset', 0, this.length);
      const left = this.length - offset;
      if (length === undefined) {
        length = left;
      } else if (typeof length === 'string') {
        encoding = length;
        length = left;
      } else {
        validators().validateInteger(length, 'length', 0, this.length);
        length = Math.min(length, left);
      }
    }
    const codec = requireCodec(encoding);
    if (typeof string !== 'string') {
      throw Object.assign(new TypeError('argument must be a string'), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    return writeString(this, string, offset, length, codec);
  },

  toJSON() {
    return { type: 'Buffer', data: Array.from(this) };
  },

  subarray(start, end) {
    const { length } = this;
    const clamp = (value) => {
      value = Math.trunc(+value) || 0;
      return value < 0 ? Math.max(value + length, 0) : Math.min(value, length);
    };
    const from = clamp(start);
    const to = end === undefined ? length : clamp(end);
    return new FastBuffer(this.buffer, this.byteOffset + from, Math.max(to - from, 0));
  },

  slice(start, end) {
    return this.subarray(start, end);
  },

  swap16() { return swap(this, 2); },
  swap32() { return swap(this, 4); },
  swap64() { return swap(this, 8); },

  asciiSlice: sliceWith('ascii'),
  base64Slice: sliceWith('base64'),
  base64urlSlice: sliceWith('base64url'),
  latin1Slice: sliceWith('latin1'),
  hexSlice: sliceWith('hex'),
  ucs2Slice: sliceWith('utf16le'),
  utf8Slice: sliceWith('utf8'),
  asciiWrite: writeWith('ascii'),
  base64Write: writeWith('base64'),
  base64urlWrite: writeWith('base64url'),
  latin1Write: writeWith('latin1'),
  hexWrite: writeWith('hex'),
  ucs2Write: writeWith('utf16le'),
  utf8Write: writeWith('utf8'),

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    const shown = Math.min(inspectMaxBytes, this.length);
    let text = this.toString('hex', 0, shown).replace(/(.{2})(?=.)/g, '$1 ');
    const left = this.length - shown;
    if (left > 0) text += ` ... ${left} more byte${left > 1 ? 's' : ''}`;
    if (options) {
      const extra = { __proto__: null };
      const names = options.showHidden ? Object.getOwnPropertyNames(this) : Object.keys(this);
      for (const key of [...names.slice(this.length), ...Object.getOwnPropertySymbols(this)]) extra[key] = this[key];
      if (Reflect.ownKeys(extra).length !== 0) {
        const { inspect } = require('internal/util/inspect');
        const properties = inspect(extra, { ...options, breakLength: Infinity, compact: true });
        text += `${this.length === 0 ? '' : ', '}${properties.slice('[Object: null prototype] { '.length, -2)}`;
      }
    }
    return `<${this.constructor.name} ${text}>`;
  },
});

Buffer.prototype.inspect = Buffer.prototype[Symbol.for('nodejs.util.inspect.custom')];
Buffer.prototype.toLocaleString = Buffer.prototype.toString;
for (const [name, property] of [['parent', 'buffer'], ['offset', 'byteOffset']]) {
  Object.defineProperty(Buffer.prototype, name, {
    enumerable: true,
    configurable: true,
    get() { return this instanceof Buffer ? this[property] : undefined; },
  });
}
require('internal/buffer/numbers').install(Buffer.prototype);

function SlowBuffer(length) {
  return Buffer.allocUnsafeSlow(length);
}
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

// ---- Beside Buffer ----

function invalidCharacter(message = 'Invalid character') {
  if (typeof DOMException === 'function') return new DOMException(message, 'InvalidCharacterError');
  const error = new Error(message);
  Object.defineProperty(error, 'name', { value: 'InvalidCharacterError', configurable: true, writable: true });
  error.code = 5;
  return error;
}

function btoa(input) {
  if (arguments.length === 0) throw new (codes().ERR_MISSING_ARGS)('input');
  const string = `${input}`;
  if (/[^\0-\xff]/.test(string)) throw invalidCharacter();
  return latin1.encode(string).toBase64();
}

function atob(input) {
  if (arguments.length === 0) throw new (codes().ERR_MISSING_ARGS)('input');
  const string = `${input}`.replace(/[\t\n\f\r ]/g, '');
  const bare = string.length % 4 === 0 ? string.replace(/={1,2}$/, '') : string;
  if (/[^A-Za-z0-9+/]/.test(bare)) throw invalidCharacter();
  if (bare.length % 4 === 1) throw invalidCharacter('The string to be decoded is not correctly encoded.');
  const bytes = Uint8Array.fromBase64(bare);
  return latin1.decode(bytes, 0, bytes.length);
}

function bytesOf(input) {
  if (isArrayBufferView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (isAnyArrayBuffer(input)) return new Uint8Array(input);
  throw new (codes().ERR_INVALID_ARG_TYPE)('input', ['ArrayBuffer', 'Buffer', 'TypedArray'], input);
}

function isAscii(input) {
  return bytesOf(input).every((byte) => byte < 0x80);
}

function transcode(source, fromEncoding, toEncoding) {
  if (!isUint8Array(source)) throw new (codes().ERR_INVALID_ARG_TYPE)('source', ['Buffer', 'Uint8Array'], source);
  if (source.length === 0) return Buffer.alloc(0);
  const names = ['utf8', 'utf16le', 'latin1', 'ascii'];
  const from = codecOf(fromEncoding);
  const to = codecOf(toEncoding);
  if (!from || !to || !names.includes(from.name) || !names.includes(to.name)) {
    const error = new Error('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]');
    throw Object.assign(error, { code: 'U_ILLEGAL_ARGUMENT_ERROR', errno: 1 });
  }
  let string = from.decode(source, 0, source.length);
  // What the target cannot write becomes a question mark.
  if (to.name === 'latin1') string = string.replace(/[^\0-\xff]/gu, '?');
  else if (to.name === 'ascii') string = string.replace(/[^\0-\x7f]/gu, '?');
  return wrap(to.encode(string));
}

const notImplemented = (name) => {
  throw new (codes().ERR_METHOD_NOT_IMPLEMENTED)(name);
};

module.exports = {
  Buffer,
  SlowBuffer,
  transcode,
  isUtf8: (input) => isUtf8(bytesOf(input)),
  isAscii,
  kMaxLength,
  kStringMaxLength,
  btoa,
  atob,
  constants: { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: kStringMaxLength },
  get INSPECT_MAX_BYTES() { return inspectMaxBytes; },
  set INSPECT_MAX_BYTES(value) {
    validators().validateNumber(value, 'INSPECT_MAX_BYTES', 0);
    inspectMaxBytes = value;
  },
  Blob: class Blob {
    constructor() { notImplemented('Blob'); }
  },
  File: class File {
    constructor() { notImplemented('File'); }
  },
  resolveObjectURL: () => notImplemented('resolveObjectURL'),
};
