'use strict';
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.on('message', (message) => {
    if (message === 'end') process.disconnect();
    else process.send(message);
  });
} else {
  const child = fork(__filename, ['child']);
  const large = { text: '\u00e4\u4e16\ud83d\ude00'.repeat(200000), list: Array.from({ length: 50000 }, (_, at) => at) };
  let many = 0;
  child.on('message', (message) => {
    if (typeof message === 'number') {
      if (message !== many++) console.log('out of order');
      if (many === 2000) {
        console.log('all');
        child.send('end');
      }
    } else {
      console.log(JSON.stringify(message) === JSON.stringify(large));
    }
  });
  console.log(child.send(large, (error) => console.log('sent', error)));
  for (let at = 0; at < 2000; at++) child.send(at);
  child.on('close', (code, signal) => console.log('close', code, signal));
}
