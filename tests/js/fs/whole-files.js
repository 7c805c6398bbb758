// readFile, writeFile and appendFile with every kind of file, data and option.
const fs = require('fs');
const fsp = require('fs/promises');
const show = (v) => (v instanceof Error ? `${v.name} ${v.code} ${v.message}` : Buffer.isBuffer(v) ? (v.length > 40 ? `${v.length} bytes` : `<${v.toString('latin1')}>`) : typeof v === 'string' ? (v.length > 40 ? `${v.length} characters` : JSON.stringify(v)) : String(v));
fs.writeFileSync('text', 'hello wörld'); fs.writeFileSync('empty', ''); fs.mkdirSync('dir'); fs.writeFileSync('big', Buffer.alloc(1300000, 'z')); fs.writeFileSync('exact', Buffer.alloc(512 * 1024, 'x'));
const three = async (name, ...args) => {
  let sync;
  try { sync = show(fs[`${name}Sync`](...args)); } catch (e) { sync = show(e); }
  const [count, ...results] = await new Promise((done) => fs[name](...args, (...r) => done([r.length, ...r])));
  const promised = await fsp[name](...args).then(show, show);
  console.log(name, show(args[0]), JSON.stringify(args.at(-1)), '|', sync, '|', count, results.map(show).join(), '|', promised);
};
(async () => {
  for (const file of ['text', 'empty', 'big', 'exact', 'dir', 'nope', '/proc/sys/kernel/ostype', '/dev/null', Buffer.from('text')]) for (const options of [undefined, null, 'utf8', 'hex', 'base64', 'latin1', 'utf16le', { encoding: 'ascii' }, { flag: 'r+' }, { encoding: null }]) await three('readFile', file, options);
  for (const data of ['text', 'é', '', Buffer.from('buf'), new Uint8Array([65, 66]), new Uint16Array([0x4142]), new DataView(new ArrayBuffer(2)), 'x'.repeat(700000)]) {
    for (const options of [undefined, 'latin1', { flag: 'a' }, { flush: true }, { mode: 0o600 }, { mode: '644' }, { encoding: 'hex' }, { flag: 'w+' }]) {
      for (const name of ['writeFile', 'appendFile']) {
        for (const how of [() => fs[`${name}Sync`]('out', data, options), () => new Promise((done) => fs[name]('out', data, options, done)), () => fsp[name]('out', data, options)]) {
          await how(); await how();
          console.log(name, JSON.stringify(options), (fs.statSync('out').mode & 0o777).toString(8), show(fs.readFileSync('out'))); fs.unlinkSync('out');
        }
      }
    }
  }
  await three('writeFile', 'once', 'x', { flag: 'wx' }); await three('writeFile', 'no/where', 'x'); await three('appendFile', 'dir', 'x');
  const fd = fs.openSync('text'); fs.readSync(fd, Buffer.alloc(3), 0, 3, null); console.log(fs.readFileSync(fd, 'utf8'), show(fs.readFileSync(fd))); fs.closeSync(fd);
  const out = fs.openSync('by-fd', 'w'); fs.writeFileSync(out, 'one'); await new Promise((done) => fs.writeFile(out, 'two', done)); fs.appendFileSync(out, 'three'); fs.closeSync(out); console.log(fs.readFileSync('by-fd', 'utf8'));
  await fsp.writeFile('chunks', ['a', 'b', Buffer.from('c')]); await fsp.appendFile('chunks', (async function*() { yield 'd'; yield 'e'; })()); console.log(fs.readFileSync('chunks', 'utf8'));

  const before = AbortSignal.abort('early');
  fs.readFile('text', { signal: before }, (e, d) => console.log('read', show(e), e.cause, d));
  fs.writeFile('not', 'x', { signal: before }, (e) => console.log('write', show(e), fs.existsSync('not')));
  console.log('sync');
  await fsp.readFile('text', { signal: before }).catch((e) => console.log('promise', show(e)));
  await fsp.writeFile('not', 'x', { signal: before }).catch((e) => console.log('promise', show(e)));
  const during = new AbortController();
  const reading = new Promise((done) => fs.readFile('big', { signal: during.signal }, (e) => done(show(e))));
  during.abort(); console.log(await reading);
  await Promise.all([1, 2].map((i) => fsp.readFile('big').then((b) => console.log('both', b.length))));
})();
