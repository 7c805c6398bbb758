// Making buffers, and what they are.
const { inspect } = require('util');
const attempt = (f) => {
  try {
    return f();
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`;
  }
};

for (const value of [
  [], [1, 2, 300, -1, '5', 'x', 1.9], new Uint16Array([1, 256, 3]), new Uint8Array([1, 2]).buffer, Buffer.from('q'),
  { length: 2, 0: 5, 1: 6 }, { type: 'Buffer', data: [1, 2] }, new String('abc'), { valueOf() { return 'vv'; } },
  { [Symbol.toPrimitive]() { return 'tp'; } }, { length: 'x' }, { length: -1 }, new Float32Array([1.5, 300]), { data: [1] },
  Symbol('x'), true, 1n, 5, null, undefined, {}, () => 1, [[1], [2]], { length: 3 }, new DataView(new ArrayBuffer(2)), new Set([1]),
]) {
  console.log(attempt(() => Buffer.from(value)));
}
const bytes = new Uint8Array([1, 2, 3, 4]).buffer;
for (const args of [[1], [1, 2], [5], [0, 5], [0, -1], ['1'], [NaN], [2, NaN]]) console.log(attempt(() => Buffer.from(bytes, ...args)));
for (const args of [[3], [3, 1], [3, 'ab'], [5, 'YQ==', 'base64'], [3, 'é', 'latin1'], [0], [3, Buffer.from('xy')], [3, ''],
  [2, true], [3, new Uint8Array([1, 2])], [3, 'zz', 'hex'], [3, Buffer.alloc(0)], [NaN], [1.5], ['x'], [-1], [3, 'a', 'b']]) {
  console.log(attempt(() => Buffer.alloc(...args)));
}
console.log(attempt(() => Buffer.concat([Buffer.from('ab'), new Uint8Array([1])])));
for (const length of [2, 5, 0, -1, 1.5, 'x']) console.log(attempt(() => Buffer.concat([Buffer.from('abc')], length)));
for (const list of [[], 1, [1], undefined]) console.log(attempt(() => Buffer.concat(list)));

const buffer = Buffer.from('abc');
buffer.foo = 1;
console.log(buffer, [buffer], { buffer }, Buffer.alloc(51), Buffer.alloc(52), Buffer.alloc(0), inspect(buffer, { showHidden: true }));
console.log(buffer.map((byte) => byte + 1), buffer.filter((byte) => byte > 97), Buffer.of(1, 2), [...buffer.entries()]);
console.log(buffer instanceof Uint8Array, Buffer.isBuffer(buffer), Buffer.isBuffer(new Uint8Array(1)), Buffer.name);
console.log(JSON.stringify(buffer), Object.prototype.toString.call(buffer), buffer.constructor === Buffer, Buffer.poolSize);
console.log(buffer.toLocaleString(), buffer.slice(1).parent === buffer.buffer, `${buffer}`, buffer + '!', buffer.length);
const part = buffer.subarray(1);
part[0] = 0x7a;
console.log(buffer.toString(), buffer.slice(-2).toString(), Uint8Array.prototype.slice.call(buffer, 1));
console.log(Buffer.from('a').equals(new Uint8Array([97])), Buffer.compare(Buffer.from('a'), Buffer.from('b')));
console.log([Buffer.from('b'), Buffer.from('a')].sort(Buffer.compare), Buffer.copyBytesFrom(new Uint16Array([1, 2, 3]), 1, 1));
console.log(require('buffer').constants, require('buffer').kMaxLength, require('buffer').INSPECT_MAX_BYTES);
for (const f of [
  () => Buffer.compare(1, 2), () => buffer.equals(1), () => buffer.compare(1), () => buffer.copy(1), () => buffer.indexOf({}),
  () => Buffer.byteLength(5), () => buffer.write(1), () => buffer.toString('zz'), () => buffer.readUIntBE(),
]) {
  console.log(attempt(f));
}
const doubles = Buffer.alloc(16);
doubles.writeDoubleBE(Math.PI, 0);
doubles.writeFloatLE(-1.5, 8);
console.log(doubles, doubles.readDoubleBE(0), doubles.readFloatLE(8), doubles.readBigUInt64LE(0), doubles.readUInt16BE(2));
