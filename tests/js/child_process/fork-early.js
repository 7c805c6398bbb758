'use strict';
// Messages that come before anyone listens are kept.
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.send(1);
  process.send(2);
  process.channel.ref();
  setTimeout(() => {
    process.on('message', (message) => {
      console.log('child:', message);
      if (message === 'end') setImmediate(() => process.disconnect());
    });
  }, 100);
} else {
  const child = fork(__filename, ['child'], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const said = [];
  child.stdout.setEncoding('utf8').on('data', (text) => said.push(text));
  child.send('a');
  child.send('b');
  setTimeout(() => {
    child.on('message', (message) => {
      console.log('parent:', message);
      if (message === 2) child.send('end');
    });
  }, 300);
  child.on('close', (code) => console.log('close', code, said.join('')));
}
