// File requests run on a pool of threads: four, or UV_THREADPOOL_SIZE as it is when the pool is first used. With one
// thread the requests are answered in the order in which they were made.
//
//     cargo run --release -- examples/js/pool.js
'use strict';
process.env.UV_THREADPOOL_SIZE = '1';

const fs = require('fs');
const os = require('os');
const path = require('path');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pool-'));
const file = path.join(directory, 'greeting.txt');
fs.writeFileSync(file, 'hello, pool\n');

const answers = [];
function answer(name, text) {
  answers.push(name);
  console.log(`${name.padEnd(18)} ${text}`);
  if (answers.length === 5) finish();
}

// readFile makes four trips to the pool (open, fstat, read, close), and the others come between them.
fs.readFile(file, 'utf8', (error, text) => answer('readFile', JSON.stringify(text)));
fs.stat(file, (error, stats) => answer('stat', `${stats.size} bytes`));
fs.access(path.join(directory, 'missing'), (error) => answer('access', error.code));
fs.realpath.native(directory, (error, real) => answer('realpath', real === fs.realpathSync(directory)));
fs.readdir(directory, (error, names) => answer('readdir', names.join(', ')));

console.log('five requests made, none answered: the program goes on');
process.nextTick(() => console.log('nor after the queues are emptied'));

function finish() {
  console.log(`\nanswered in the order: ${answers.join(', ')}`);
  fs.unlink(file, () => fs.rmdir(directory, () => console.log('cleaned up')));
}
