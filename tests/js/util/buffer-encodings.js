// Strings to bytes and back in every encoding.
const encodings = [
  'utf8', 'utf-8', 'UTF8', 'hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2', 'ucs-2',
  'UTF-16LE', undefined, null, '', 'nonsense',
];
const strings = [
  '', 'a', 'abc', 'héllo', '€uro', '😀x', '\ud800', 'a\udc00b', 'YWJj', 'YWI=', '_-_-', 'zz', '0f1E', '0', '  x ',
  '\u0000\u007f\u0080\u00ff\u0100', '日本語', 'a'.repeat(100), 'aGVsbG8gd29ybGQ', 'ab\ncd', '/+==', 'YQ==YQ==', 'YW é=J', 'abxyzz',
];
const attempt = (f) => {
  try {
    return f();
  } catch (error) {
    return `${error.name} ${error.code} ${error.message}`;
  }
};

for (const string of strings) {
  for (const encoding of encodings) {
    const buffer = attempt(() => Buffer.from(string, encoding));
    console.log(JSON.stringify(string), encoding, buffer, attempt(() => Buffer.byteLength(string, encoding)));
  }
}
for (const buffer of [Buffer.from('héllo €😀'), Buffer.from([0xff, 0x80, 0, 0x7f, 0xc3]), Buffer.from([0xe2, 0x82]),
  Buffer.from([0xf0, 0x9f, 0x98]), Buffer.from([0xc0, 0x80, 0xed, 0xa0, 0x80]), Buffer.from([0xf4, 0x90, 0x80, 0x80])]) {
  for (const encoding of encodings) console.log(encoding, JSON.stringify(attempt(() => buffer.toString(encoding))));
}
for (const name of ['utf8', 'UTF-8', 'Hex', 'base64url', 'zz', '', 1, undefined]) console.log(name, Buffer.isEncoding(name));

const { transcode, isUtf8, isAscii } = require('buffer');
console.log(transcode(Buffer.from('é€'), 'utf8', 'latin1'), transcode(Buffer.from('é€'), 'utf8', 'ascii'));
console.log(transcode(Buffer.from('é'), 'utf8', 'ucs2'), transcode(Buffer.from('é', 'latin1'), 'latin1', 'utf8'));
console.log(attempt(() => transcode(Buffer.from('a'), 'zz', 'utf8')));
console.log(isUtf8(Buffer.from([0xff])), isUtf8(Buffer.from('é')), isAscii(Buffer.from('é')), isAscii(new Uint8Array([1])));

for (const string of ['YQ==', 'YQ', 'Y', 'YWJj', 'Y W=', 'YQ=', 'a-_', '====', '', 'YWJ j\n', 'YQ===']) {
  console.log(JSON.stringify(string), attempt(() => atob(string)));
}
for (const value of ['a', 'é', '€', '', 1, null]) console.log(value, attempt(() => btoa(value)));
