// util.types: which checks hold for which value.
const { types } = require('util');

const values = {
  date: new Date(),
  regexp: /a/,
  arguments: (function () { return arguments; })(),
  bigint: Object(1n),
  number: Object(1),
  string: Object('s'),
  boolean: Object(true),
  symbol: Object(Symbol('s')),
  error: new TypeError(),
  asyncFunction: async () => 1,
  generatorFunction: function* () {},
  asyncGeneratorFunction: async function* () {},
  generator: (function* () {})(),
  asyncGenerator: (async function* () {})(),
  promise: Promise.resolve(),
  map: new Map(),
  set: new Set(),
  mapIterator: new Map().keys(),
  setIterator: new Set()[Symbol.iterator](),
  weakMap: new WeakMap(),
  weakSet: new WeakSet(),
  arrayBuffer: new ArrayBuffer(1),
  sharedArrayBuffer: new SharedArrayBuffer(1),
  dataView: new DataView(new ArrayBuffer(1)),
  proxy: new Proxy({}, {}),
  proxyOfMap: new Proxy(new Map(), {}),
  buffer: Buffer.alloc(1),
  function: () => 1,
  object: {},
  null: null,
  primitive: 1,
  fakeError: Object.create(Error.prototype),
  fakeMap: Object.create(Map.prototype),
  fakeDate: { [Symbol.toStringTag]: 'Date' },
  bareMap: Object.setPrototypeOf(new Map(), null),
};
for (const name of [
  'Uint8Array', 'Uint8ClampedArray', 'Uint16Array', 'Uint32Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Float32Array',
  'Float64Array', 'BigInt64Array', 'BigUint64Array',
]) {
  values[name] = new globalThis[name](1);
}
for (const name of Object.keys(values)) {
  console.log(name, Object.keys(types).filter((check) => types[check](values[name])).join(' '));
}
