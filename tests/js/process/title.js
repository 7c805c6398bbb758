'use strict';
// What ps shows: the arguments' memory, and the main thread's name.
const fs = require('fs');
const shown = () => fs.readFileSync('/proc/self/cmdline', 'latin1').split('\0')[0];
const name = () => fs.readFileSync('/proc/self/comm', 'latin1').trim();

const environment = fs.readFileSync('/proc/self/environ', 'latin1');
console.log(typeof process.title, process.title === shown(), process.title === process.argv0);
for (const title of ['renamed', 'a b', '', 7, null, 'cut\0off', 'é']) {
  process.title = title;
  console.log(JSON.stringify(process.title), Buffer.from(shown(), 'latin1').toString() === process.title, name());
}
process.title = 'x'.repeat(100000);
console.log(/^x+$/.test(process.title), process.title.length < 100000, process.title === shown(), name());
process.title = 'short';
console.log(process.title, shown());
console.log(fs.readFileSync('/proc/self/environ', 'latin1') === environment);
console.log(process.argv.length, process.argv[1] === __filename);
try {
  process.title = Symbol('no');
} catch (error) {
  console.log(error.name, error.message);
}
