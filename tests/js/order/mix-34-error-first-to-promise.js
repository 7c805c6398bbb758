const { promisify } = require('util'), fs = require('fs');
const stat = promisify(fs.stat), readFile = promisify(fs.readFile);
(async () => {
  console.log((await stat('.')).isDirectory());
  try { await readFile('missing'); } catch (e) { console.log(e.code); }
  process.nextTick(() => console.log('tick'));
  await stat('.');
  console.log('end');
})();
console.log('sync');
