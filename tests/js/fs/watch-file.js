// fs.watchFile and unwatchFile: what is told of a file that comes, changes and goes, and who keeps the program going.
const fs = require('fs');
const path = require('path');
const options = { interval: 5 };
const seen = [];
let step = 0;
const watcher = fs.watchFile('f', options, (now, before) => {
  process.nextTick(() => seen.push('tick'));
  seen.push(`${++step}: ${before.size} ${before.nlink} -> ${now.size} ${now.nlink} ${now.isFile()} ${now.mtimeMs === 0} ${before.mtimeMs === 0}`);
  if (step === 1) fs.writeFileSync('f', 'text');
  else if (step === 2) fs.unlinkSync('f');
  else fs.unwatchFile('f');
});
watcher.on('stop', () => { seen.push('stop'); setImmediate(next); });
console.log(watcher instanceof require('events'), watcher.constructor.name, watcher === fs.watchFile(path.resolve('x', '..', 'f'), () => {}));

function next() {
  console.log(seen.join('\n'));
  console.log(step, fs.unwatchFile('f'), fs.unwatchFile('f', () => {}));
  // Those of one file share a watcher: the last one that leaves stops it.
  const [a, b] = [() => {}, () => {}];
  const shared = fs.watchFile('g', options, a);
  console.log(shared === fs.watchFile('./g', { interval: 1, persistent: false }, b), shared.listenerCount('change'));
  shared.on('stop', () => console.log('shared stop'));
  fs.unwatchFile('g', a);
  console.log(shared.listenerCount('change'));
  fs.unwatchFile('g', a);
  console.log(shared.listenerCount('change'));
  fs.unwatchFile('g', b);
  console.log(shared.listenerCount('change'));
  shared.stop();
  console.log(fs.watchFile('g', options, a) === shared, shared.ref() === shared, shared.unref() === shared);
  fs.unwatchFile('g');
  fs.watchFile('h', { bigint: true, interval: 5 }, (now, before) => {
    console.log(typeof now.size, before.mtimeNs, now.mtimeNs);
    fs.unwatchFile('h');
  });
  // None of these keeps the program going.
  fs.watchFile('i', { interval: 10_000, persistent: false }, () => {});
  const both = fs.watchFile('j', { interval: 10_000 }, a);
  fs.watchFile('j', b);
  console.log(both.unref() === both, both.unref() === both, both.unref() === both);
  const attempt = (...args) => {
    try {
      fs.watchFile(...args);
      console.log('started');
    } catch (error) {
      console.log(error.name, error.code, error.message);
    }
  };
  attempt();
  attempt('k');
  attempt('k', {}, 'listener');
  attempt('k', { interval: -1 }, a);
  attempt('k', { interval: 'x' }, a);
  attempt('a\0b', a);
}
