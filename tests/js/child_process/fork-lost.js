'use strict';
// What waits to be written when a side disconnects is lost, and nobody is told.
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.on('message', () => {});
} else {
  const child = fork(__filename, ['child'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.on('error', (error) => console.log(error));
  console.log(child.send('x'.repeat(8 << 20), (error) => console.log('sent', error)));
  console.log(child.send('y'.repeat(8 << 20)));
  child.disconnect();
  child.on('exit', (code, signal) => console.log(code, signal));
}
