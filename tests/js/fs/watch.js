// fs.watch: events with their names in the order of what was done, around each callback the ticks and microtasks, 'close'.
const fs = require('fs');
fs.mkdirSync('d');
const log = [];
const say = (line) => log.push(line);
const watcher = fs.watch('d', (type, name) => {
  say(`${type} ${name}`);
  process.nextTick(() => say('tick'));
  Promise.resolve().then(() => say('microtask'));
  if (name === 'last') {
    watcher.close();
    watcher.close();
    setImmediate(() => say('immediate'));
  }
});
watcher.on('close', () => { say('close'); });
console.log(watcher instanceof require('events'), watcher.constructor.name, watcher.ref() === watcher, watcher.unref() === watcher);
watcher.ref();
fs.writeFileSync('d/a', '');
fs.writeFileSync('d/a', 'text');
fs.renameSync('d/a', 'd/b');
fs.chmodSync('d/b', 0o600);
fs.mkdirSync('d/e');
fs.unlinkSync('d/b');
fs.rmdirSync('d/e');
fs.writeFileSync('d/last', '');
process.on('exit', () => {
  console.log(log.join('\n'));
  later();
});

// A file, by its own name; encodings; an aborted signal.
fs.writeFileSync('file', '');
const own = fs.watch('file', { encoding: 'buffer' });
own.once('change', (type, name) => { console.log(type, name); own.close(); });
fs.appendFileSync('file', 'x');
const hex = fs.watch('file', 'hex');
hex.once('change', (type, name) => { console.log(type, name); hex.close(); });
const aborted = new AbortController();
fs.watch('file', { signal: aborted.signal }).on('close', () => console.log('closed by its signal'));
aborted.abort();
fs.watch('file', { signal: AbortSignal.abort() }).on('close', () => console.log('closed at once'));
fs.watch('.', { persistent: false });

function later() {
  const attempt = (...args) => {
    try {
      fs.watch(...args).close();
      console.log('started');
    } catch (error) {
      console.log(error.name, error.code, error.message, error.syscall, error.path, error.filename);
    }
  };
  attempt('nope');
  attempt();
  attempt(7);
  attempt('a\0b');
  attempt('.', 'no such encoding');
  attempt('.', 7);
  attempt('.', {}, 'listener');
  attempt('.', { signal: 1 });
  attempt(Buffer.from('.'));
}
