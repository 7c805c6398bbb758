// TextEncoder, TextDecoder and StringDecoder.
const { StringDecoder } = require('string_decoder');
const attempt = (f) => {
  try {
    return f();
  } catch (error) {
    return [error.name, error.code, error.message];
  }
};

console.log(new TextEncoder().encoding, new TextEncoder().encode('é€😀\ud800'), new TextEncoder().encode());
for (const size of [0, 1, 3, 6, 9, 20]) console.log(size, new TextEncoder().encodeInto('é€😀x', new Uint8Array(size)));
const decode = (bytes, ...args) => attempt(() => new TextDecoder(...args).decode(new Uint8Array(bytes)));
console.log(decode([0xef, 0xbb, 0xbf, 0x61]), decode([0xff]), decode([0xe2, 0x82], 'utf8'), decode([1], 'nonsense'));
console.log(decode([0xff], 'utf-8', { fatal: true }), decode([0x61, 0, 0x62, 0], 'utf-16le'), decode([0xe9], 'latin1'));
console.log(decode([0xef, 0xbb, 0xbf, 0x61], 'utf-8', { ignoreBOM: true }).length, decode([0x3d, 0xd8], 'utf-16le'));
console.log(decode([0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0x80, 0xc0, 0x80, 0xf0, 0x80]));
for (const label of ['utf8', 'UTF-8', ' utf-8 ', 'unicode-1-1-utf-8', 'latin1', 'ascii', 'utf-16', 'utf-16be']) {
  const { encoding, fatal, ignoreBOM } = new TextDecoder(label);
  console.log(label, encoding, fatal, ignoreBOM);
}
const streaming = new TextDecoder();
console.log([0xe2, 0x82, 0xac, 0x61, 0xf0, 0x9f].map((byte) => streaming.decode(new Uint8Array([byte]), { stream: true })));
console.log(streaming.decode());

for (const encoding of ['utf8', 'utf16le', 'base64', 'hex', 'latin1', 'ascii', 'base64url', undefined]) {
  const decoder = new StringDecoder(encoding);
  const bytes = Buffer.from('aé€😀b\ud83d😀', 'utf8');
  const output = [];
  for (let i = 0; i < bytes.length; i += 2) output.push(decoder.write(bytes.subarray(i, i + 2)));
  output.push(decoder.end());
  console.log(encoding, decoder.encoding, output);
}
for (const bytes of [[0xe2], [0xe2, 0x82], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0xc3], [0xff], [0x80], [0xe2, 0x28], [0xf0, 0x9f, 0x41]]) {
  const decoder = new StringDecoder();
  console.log(bytes, JSON.stringify([decoder.write(Buffer.from(bytes)), decoder.lastNeed, decoder.lastTotal, decoder.end()]));
}
console.log(attempt(() => new StringDecoder('zz')), attempt(() => new StringDecoder().write(1)));
console.log(new StringDecoder().write('text'), new StringDecoder().end(Buffer.from('end')));
