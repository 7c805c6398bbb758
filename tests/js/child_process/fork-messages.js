'use strict';
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  process.on('message', (message, handle) => {
    process.send({ got: message, handle: handle === undefined, args: process.argv.slice(2) });
  });
  process.on('disconnect', () => console.log('child: disconnect', process.connected));
  console.log('child:', process.connected, typeof process.send, typeof process.channel, 'NODE_CHANNEL_FD' in process.env);
} else {
  console.log(process.connected, typeof process.send, typeof process.channel, typeof process.disconnect);
  const child = fork(__filename, ['child', 'a b'], { silent: true });
  const said = [];
  child.stdout.setEncoding('utf8').on('data', (text) => said.push(text));
  child.stderr.resume();
  console.log(child.connected, child.stdio.length, child.stdio[3], typeof child.channel, child.killed);
  const messages = ['text', '', 'a\nb "quoted" \u2028 \ud83d\ude00', 0, -1.5, NaN, true, false, null, { a: [1, { b: undefined }] }, [], new Date(0)];
  let count = 0;
  child.on('message', (message, handle) => {
    console.log('parent:', message, handle);
    if (++count === messages.length) child.disconnect();
  });
  for (const message of messages) console.log(child.send(message));
  child.on('disconnect', () => console.log('parent: disconnect', child.connected, child.channel));
  let left = 2;
  const end = () => {
    if (--left === 0) console.log(said.join(''), child.exitCode, child.signalCode, child.connected);
  };
  child.on('exit', end);
  child.stdout.on('end', end);
  // It isn't told of who has disconnected itself.
  child.on('close', () => console.log('close'));
}
