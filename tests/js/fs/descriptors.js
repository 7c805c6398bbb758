// read, write, readv, writev and their many ways to be called; truncate, utimes, chmod.
const fs = require('fs');
const show = (v) => (v instanceof Error ? `${v.name} ${v.code} ${v.message}` : Buffer.isBuffer(v) ? `<${v.toString('latin1')}>` : ArrayBuffer.isView(v) ? v.constructor.name : typeof v === 'bigint' ? `${v}n` : Array.isArray(v) ? `[${v.map(show)}]` : v instanceof Object && typeof v !== 'function' ? `{${Object.keys(v).map((k) => `${k}: ${show(v[k])}`)}}` : String(v));
const fd = fs.openSync('file', 'w+');
const sync = (name, ...args) => {
  let result;
  try { result = show(fs[name](fd, ...args)); } catch (e) { result = `throws ${show(e)}`; }
  console.log(`${name}(${args.map(show).join(', ')}): ${result}`);
};
const callback = (name, ...args) => new Promise((done) => {
  try { fs[name](fd, ...args, (...results) => { console.log(`cb ${name}: ${results.map(show).join(' | ')}`); done(); }); } catch (e) { console.log(`cb ${name}: throws ${show(e)}`); done(); }
});
const B = Buffer.from('0123456789');
const writes = [[B], [B, 2], [B, 2, 3], [B, 2, 3, 0], [B, 2, 3, null], [B, 2, 3, 5], [B, null, null, null], [B, { offset: 1 }], [B, { offset: 1, length: 2, position: 1 }], [B, {}], [B, null],
  [B, -1], [B, 11], [B, 0, 11], [B, 1.5], [B, 'a'], [B, 0, -1], [B, 0, 2, 'x'], [B, 0, 0], ['text'], ['text', 1], ['text', null, 'latin1'], ['text', 2, 'hex'], ['é', undefined, 'latin1'], ['abc', 0, 'hex'],
  [5], [null], [{}], [undefined], [new Uint16Array([1, 2])], [new DataView(new ArrayBuffer(3)), 1], [''], [Buffer.alloc(0)], [B, undefined, undefined, 4], [B, 0, 2.5]];
const reads = [[B], [B, 2], [B, 2, 3], [B, 2, 3, 0], [B, 2, 3, null], [B, 0, 2, 5n], [B, { offset: 1 }], [B, { offset: 1, length: 2, position: 1 }], [B, {}], [B, null], [B, 5, 2, null], [B, -1, 1, 0], [B, 11, 1, 0],
  [B, 0, 11, 0], [B, 1.5, 1, 0], [B, 'a', 1, 0], [B, 0, -1, 0], [B, 0, 2, 'x'], [B, 0, 0, 0], ['str', 0, 1, 0], [5, 0, 1, 0], [null, 0, 1, 0], [new DataView(new ArrayBuffer(3)), 1, 2, 0], [Buffer.alloc(0), 0, 0, 0],
  [Buffer.alloc(0), 0, 1, 0], [B, 0, 2, -2], [B, 0, 2, 1.5], [B, 0, 2, -1], [B, 0, 2, {}], [B, 0, 2, true], [B, 0, 10, 20], [B, 0, 10, 26], [B, 0, 10, 1e6], [B, undefined, 3, 0], [B, 0, 3.7, 0], [B, 0, '3', 0], [B, 1, undefined, 0]];
const vectors = [[[B]], [[B, Buffer.alloc(3)], 0], [[new Uint16Array(2)], 3], ['x'], [[1]], [null, 0], [[B], 'q'], [[B, B, B, B], 0], [[Buffer.alloc(0), B], 2], [[B], null]];

(async () => {
  for (const args of writes) { sync('writeSync', ...args); await callback('write', ...args); console.log(fs.statSync('file').size, show(fs.readFileSync('file')).slice(-30)); }
  fs.writeFileSync('file', 'abcdefghijklmnopqrstuvwxyz');
  for (const args of reads) { B.fill('.'); sync('readSync', ...args); console.log(show(B)); B.fill('.'); await callback('read', ...args); console.log(show(B)); }
  await callback('read', { buffer: Buffer.alloc(3), position: 2 });
  await new Promise((done) => fs.read(fd, (e, n, buffer) => { console.log(e, n, buffer.length); done(); }));
  for (const args of vectors) for (const name of ['readv', 'writev']) { B.fill('/'); sync(`${name}Sync`, ...args); await callback(name, ...args); }
  for (const args of [[], [0], [5], [-5], [1.5], ['a'], [null]]) { sync('ftruncateSync', ...args); await callback('ftruncate', ...args); console.log(fs.fstatSync(fd).size); }
  for (const [atime, mtime] of [[1, 2], ['3', '4.5'], [new Date(5000), new Date(6000)], [NaN, 1], ['x', 1]]) { sync('futimesSync', atime, mtime); await callback('futimes', atime, mtime); console.log(fs.statSync('file').mtimeMs, fs.statSync('file').atime); }
  for (const time of [1.123456789, 1700000000.1234567, 0.999999999, new Date(-1234)]) {
    fs.futimesSync(fd, time, 1); console.log(fs.statSync('file', { bigint: true }).atimeNs);
    fs.utimesSync('file', 1, time); console.log(fs.statSync('file', { bigint: true }).mtimeNs);
    fs.lutimesSync('file', time, 2); console.log(fs.statSync('file', { bigint: true }).atimeNs);
  }
  for (const mode of ['600', 0o644, 'x']) { sync('fchmodSync', mode); console.log((fs.statSync('file').mode & 0o7777).toString(8)); }
  for (const name of ['fsync', 'fdatasync']) { sync(`${name}Sync`); await callback(name); }
  sync('closeSync'); sync('closeSync'); await callback('close'); sync('readSync', B); await callback('read', B, 0, 1, 0); await callback('write', 'x');
})();
