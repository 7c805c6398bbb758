// Buffer's methods with random arguments, right and wrong.
let seed = 42;
function random(limit) {
  seed = (seed + 0x6D2B79F5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
}
const pick = (list) => list[random(list.length)];
const attempt = (f) => {
  try {
    return f();
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`;
  }
};
const make = () => Buffer.from(Array.from({ length: random(20) }, () => (random(4) ? random(256) : random(128))));

const strings = ['', 'a', 'abc', 'héllo', '€uro', '😀x', 'a\udc00b', 'YWJj', 'YWI=', '_-_-', 'zz', '0f1E', '0', '日本語'];
const encodings = ['utf8', 'UTF8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2', undefined];
const numbers = [undefined, null, 0, 1, 2, 3, -1, -2, 1.5, NaN, Infinity, -Infinity, '1', 'x', 5, 100, {}];
const types = [
  'Int8', 'UInt8', 'Int16LE', 'Int16BE', 'UInt16LE', 'UInt16BE', 'Int32LE', 'Int32BE', 'UInt32LE', 'UInt32BE', 'FloatLE',
  'FloatBE', 'DoubleLE', 'DoubleBE', 'BigInt64LE', 'BigInt64BE', 'BigUInt64LE', 'BigUInt64BE',
];

function call(other) {
  const number = () => pick(numbers);
  const string = () => pick(strings);
  const encoding = () => pick(encodings);
  const type = pick(types);
  const small = () => pick([undefined, 0, 1, 2, 5, -1, 1.5]);
  const value = () => (type.startsWith('Big') ? pick([0n, 5n, -1n, 2n ** 63n, 2n ** 64n]) :
    pick([0, 1, -1, 200, -200, 40000, -40000, 3e9, -3e9, 5e9, 1.5, NaN, '7', undefined]));
  return pick([
    () => ['slice', number(), number()],
    () => ['subarray', number(), number()],
    () => ['toString', encoding(), number(), number()],
    () => ['indexOf', pick([string(), random(256), other.subarray(0, random(3)), number()]), number(), encoding()],
    () => ['lastIndexOf', pick([string(), random(256), other.subarray(0, random(3))]), number(), encoding()],
    () => ['includes', pick([string(), random(256)]), number()],
    () => ['fill', pick([string(), random(300), other, true]), number(), number(), encoding()],
    () => ['fill', string(), encoding()],
    () => ['write', string(), number(), number(), encoding()],
    () => ['write', string(), encoding()],
    () => ['equals', pick([other, 1])],
    () => ['compare', other, number(), number(), number(), number()],
    () => ['copy', other, number(), number(), number()],
    () => [pick(['swap16', 'swap32', 'swap64', 'toJSON'])],
    () => [pick(['readUIntBE', 'readIntLE']), number(), number()],
    () => [pick(['readUIntLE', 'readIntBE']), pick([0, 1, 2]), pick([1, 2, 3, 4, 5, 6])],
    () => [pick(['writeUIntBE', 'writeIntLE']), pick([random(1000), -5, 2 ** 33]), pick([0, 1, 2]), pick([1, 2, 4, 6])],
    () => [`read${type}`, small()],
    () => [`read${type}`, small()],
    () => [`write${type}`, value(), small()],
    () => [`write${type}`, value(), small()],
  ])();
}

for (let i = 0; i < 700; i++) {
  const buffer = make();
  const other = make();
  const [method, ...args] = call(other);
  console.log(method, args, attempt(() => buffer[method](...args)), buffer, other);
}
