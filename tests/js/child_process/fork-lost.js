'use strict';
// What waits to be written when a side disconnects is lost, and nobody is told.
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.on('message', () => {});
} else {
  const child = fork(__filename, ['child'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const told = [];
  const tell = (...what) => {
    told.push(what.join(' '));
    if (told.length === 2) console.log(told.sort());
  };
  child.on('error', (error) => console.log(error));
  console.log(child.send('x'.repeat(8 << 20), (error) => tell('sent', error)));
  console.log(child.send('y'.repeat(8 << 20)));
  child.disconnect();
  child.on('exit', (code) => tell('exit', code));
}
