// Directory handles: opendir in its three forms, reads and closes that overlap, recursion, errors.
const fs = require('fs');
const os = require('os');
const path = require('path');

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dirs-'));
process.chdir(root);
fs.mkdirSync('d/sub/deep', { recursive: true });
for (const name of ['a', 'b', 'c', 'sub/e', 'sub/deep/f']) fs.writeFileSync(`d/${name}`, '');
fs.mkdirSync('empty');
fs.mkdirSync('many');
for (let i = 0; i < 20; i++) fs.writeFileSync(`many/${i}`, '');

const show = (error) => [error.name, error.code, error.message, error.syscall];
const attempt = (f) => {
  try {
    return f();
  } catch (error) {
    return show(error);
  }
};

async function main() {
  for (const bufferSize of [1, 7, 32]) {
    const found = [];
    const dir = await fs.promises.opendir('many', { bufferSize });
    console.log(dir.constructor === fs.Dir, dir.path);
    for await (const entry of dir) found.push(`${entry.name} ${entry.path} ${entry.isFile()}`);
    console.log(found.sort().join());
    // The loop has closed it.
    console.log(await dir.close().catch(show), attempt(() => dir.closeSync()), attempt(() => dir.readSync()));
    console.log(attempt(() => dir.read(() => {})));
    try { console.log(await dir.read()); } catch (error) { console.log(show(error)); }
    await new Promise((resolve) => dir.close((error) => { console.log(show(error)); resolve(); }));
  }
  for await (const entry of await fs.promises.opendir('empty')) console.log(entry);

  // A loop that is left closes it as well.
  const left = await fs.promises.opendir('d');
  for await (const entry of left) break;
  console.log(attempt(() => left.readSync()));
  const thrown = await fs.promises.opendir('d');
  try {
    for await (const entry of thrown) throw new Error('from within');
  } catch (error) {
    await new Promise(setImmediate);
    console.log(error.message, attempt(() => thrown.readSync()));
  }

  // Requests that overlap: one after the other; and none that is synchronous meanwhile.
  const dir = await fs.promises.opendir('many', { bufferSize: 4 });
  const names = new Set();
  const reads = Array.from({ length: 10 }, () => dir.read().then((entry) => names.add(entry.name)));
  console.log(attempt(() => dir.readSync()), attempt(() => dir.closeSync()));
  await Promise.all(reads);
  console.log(names.size);
  const order = [];
  await Promise.all([
    new Promise((resolve) => dir.read((error, entry) => resolve(order.push(['read', error, typeof entry.name])))),
    new Promise((resolve) => dir.read((error, entry) => resolve(order.push(['read', error, typeof entry.name])))),
    new Promise((resolve) => dir.read((error, entry) => resolve(order.push(['read', error, typeof entry.name])))),
    dir.close().then((value) => order.push(['closed', value])),
  ]);
  console.log(order, attempt(() => dir.readSync()));

  // With callbacks: after the last entry there is null, again and again.
  await new Promise((resolve) => fs.opendir('d', (error, dir) => {
    const seen = [];
    let ends = 0;
    dir.read(function next(error, entry) {
      if (entry !== null) seen.push(entry.name);
      else if (ends++ === 1) {
        console.log(error, seen.sort());
        dir.close((error) => resolve(console.log(error)));
        return;
      }
      dir.read(next);
    });
  }));

  const recursive = [];
  for await (const entry of await fs.promises.opendir('d', { recursive: true })) {
    recursive.push(`${entry.path}/${entry.name}`);
  }
  console.log(recursive.sort());
  const sync = fs.opendirSync('d', { recursive: true });
  const all = [];
  for (let entry; (entry = sync.readSync()) !== null;) all.push(`${entry.path}/${entry.name}`);
  sync.closeSync();
  console.log(all.sort());

  console.log(await fs.promises.opendir('none').catch(show), await fs.promises.opendir('d/a').catch(show));
  console.log(attempt(() => fs.opendirSync('none')), attempt(() => fs.opendirSync('d/a')));
  await new Promise((resolve) => fs.opendir('none', (error, dir) => resolve(console.log(show(error), dir))));
  for (const options of [{ bufferSize: 0 }, { bufferSize: -1 }, { bufferSize: 1.5 }, { bufferSize: '3' }, { encoding: 'nope' }]) {
    console.log(attempt(() => fs.opendirSync('d', options)));
  }
  const buffers = [];
  for await (const entry of await fs.promises.opendir('d', 'buffer')) buffers.push(entry.name.toString());
  console.log(buffers.sort());
  const open = fs.opendirSync('d');
  console.log(attempt(() => open.read('no')), attempt(() => open.close('no')));
  open.closeSync();
  console.log(attempt(() => new fs.Dir()));

  // Where it comes among the rest of the loop.
  fs.promises.opendir('empty').then(async (dir) => {
    setImmediate(() => console.log('immediate'));
    const ended = dir.read().then((entry) => console.log('read', entry));
    process.nextTick(() => console.log('tick'));
    await ended;
    await dir.close();
    console.log('closed');
  });
}

main().finally(() => process.on('exit', () => fs.rmSync(root, { recursive: true })));
