'use strict';
// The methods of Buffer.prototype that read and write numbers.

const { codes } = require('internal/errors');

function requireNumber(value, name) {
  if (typeof value !== 'number') throw new codes.ERR_INVALID_ARG_TYPE(name, 'number', value);
}

function outOfBounds(value, last, name = 'offset') {
  if (Math.floor(value) !== value) return new codes.ERR_OUT_OF_RANGE(name, 'an integer', value);
  if (last < 0) return new codes.ERR_BUFFER_OUT_OF_BOUNDS();
  return new codes.ERR_OUT_OF_RANGE(name, `>= ${name === 'offset' ? 0 : 1} and <= ${last}`, value);
}

function checkOffset(buffer, offset, count) {
  requireNumber(offset, 'offset');
  const last = buffer.length - count;
  if (!(offset >= 0 && offset <= last) || Math.floor(offset) !== offset) throw outOfBounds(offset, last);
}

function checkCount(count) {
  requireNumber(count, 'byteLength');
  if (!(count >= 1 && count <= 6) || Math.floor(count) !== count) throw outOfBounds(count, 6, 'byteLength');
}

function checkRange(value, min, max, count) {
  if (value >= min && value <= max) return;
  if (Number.isNaN(value)) return; // written as zero
  const n = typeof min === 'bigint' ? 'n' : '';
  let range = `>= ${min}${n} and <= ${max}${n}`;
  if (count > 4) {
    const bits = count * 8;
    range = min < 0 ? `>= -(2${n} ** ${bits - 1}${n}) and < 2${n} ** ${bits - 1}${n}` :
      `>= 0${n} and < 2${n} ** ${bits}${n}`;
  }
  throw new codes.ERR_OUT_OF_RANGE('value', range, value);
}

function readInteger(buffer, offset, count, little, signed) {
  let value = 0;
  if (little) {
    for (let i = offset + count - 1; i >= offset; i--) value = value * 256 + buffer[i];
  } else {
    for (let i = offset; i < offset + count; i++) value = value * 256 + buffer[i];
  }
  if (signed && value >= 2 ** (8 * count - 1)) value -= 2 ** (8 * count);
  return value;
}

function writeInteger(buffer, value, offset, count, little, signed) {
  const max = signed ? 2 ** (8 * count - 1) - 1 : 2 ** (8 * count) - 1;
  checkRange(value, signed ? -max - 1 : 0, max, count);
  checkOffset(buffer, offset, count);
  value = Math.trunc(value);
  if (value < 0) value += 2 ** (8 * count);
  for (let i = 0; i < count; i++) {
    buffer[little ? offset + i : offset + count - 1 - i] = value % 256;
    value = Math.floor(value / 256);
  }
  return offset + count;
}

const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

// Eight or four bytes through a DataView: `get` and `set` name its methods.
function readThrough(buffer, offset, count, little, get) {
  checkOffset(buffer, offset, count);
  for (let i = 0; i < count; i++) scratchBytes[i] = buffer[offset + i];
  return scratch[get](0, little);
}

function writeThrough(buffer, value, offset, count, little, set) {
  checkOffset(buffer, offset, count);
  scratch[set](0, value, little);
  for (let i = 0; i < count; i++) buffer[offset + i] = scratchBytes[i];
  return offset + count;
}

/** Adds the methods to `prototype`. */
function install(prototype) {
  const define = (name, method, alias) => {
    Object.defineProperty(method, 'name', { value: name, configurable: true });
    prototype[name] = method;
    if (alias !== undefined) prototype[alias] = method;
  };

  for (const signed of [false, true]) {
    const type = signed ? 'Int' : 'UInt';
    const aliasOf = (name) => (signed ? undefined : name.replace('UInt', 'Uint'));
    for (const bits of [8, 16, 32]) {
      const count = bits / 8;
      for (const order of bits === 8 ? [''] : ['LE', 'BE']) {
        const little = order === 'LE';
        const name = `${type}${bits}${order}`;
        define(`read${name}`, function (offset = 0) {
          checkOffset(this, offset, count);
          return readInteger(this, offset, count, little, signed);
        }, aliasOf(`read${name}`));
        define(`write${name}`, function (value, offset = 0) {
          return writeInteger(this, +value, offset, count, little, signed);
        }, aliasOf(`write${name}`));
      }
    }
    for (const order of ['LE', 'BE']) {
      const little = order === 'LE';
      define(`read${type}${order}`, function (offset, byteLength) {
        if (offset === undefined) requireNumber(offset, 'offset');
        checkCount(byteLength);
        checkOffset(this, offset, byteLength);
        return readInteger(this, offset, byteLength, little, signed);
      }, aliasOf(`read${type}${order}`));
      define(`write${type}${order}`, function (value, offset, byteLength) {
        checkCount(byteLength);
        return writeInteger(this, +value, offset, byteLength, little, signed);
      }, aliasOf(`write${type}${order}`));

      const big = `Big${type}64`;
      const [min, max] = signed ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];
      const access = signed ? 'BigInt64' : 'BigUint64';
      define(`read${big}${order}`, function (offset = 0) {
        return readThrough(this, offset, 8, little, `get${access}`);
      }, aliasOf(`read${big}${order}`));
      define(`write${big}${order}`, function (value, offset = 0) {
        checkRange(value, min, max, 8);
        return writeThrough(this, value, offset, 8, little, `set${access}`);
      }, aliasOf(`write${big}${order}`));
    }
  }

  for (const [type, count, access] of [['Float', 4, 'Float32'], ['Double', 8, 'Float64']]) {
    for (const order of ['LE', 'BE']) {
      const little = order === 'LE';
      define(`read${type}${order}`, function (offset = 0) {
        return readThrough(this, offset, count, little, `get${access}`);
      });
      define(`write${type}${order}`, function (value, offset = 0) {
        return writeThrough(this, +value, offset, count, little, `set${access}`);
      });
    }
  }
}

module.exports = { install };
