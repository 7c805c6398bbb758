'use strict';
// Only who listens waits for the channel.
const { fork } = require('child_process');
const kind = process.argv[2];
if (kind === 'none') {
  console.log('nothing to do');
} else if (kind === 'removed') {
  const listener = () => {};
  process.on('message', listener);
  process.on('disconnect', listener);
  process.off('message', listener);
  process.removeAllListeners('disconnect');
} else if (kind === 'unref') {
  process.on('message', () => {});
  process.channel.unref();
} else if (kind === 'disconnects') {
  process.on('message', () => {});
  process.on('disconnect', () => console.log('child: disconnect'));
  process.disconnect();
} else if (kind === 'listens') {
  process.on('message', (message) => {
    console.log('child:', message);
    process.exit(7);
  });
  process.send('ready');
} else {
  const kinds = ['none', 'removed', 'unref', 'disconnects', 'listens'];
  const next = () => {
    const kind = kinds.shift();
    if (!kind) return;
    const child = fork(__filename, [kind], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
    const said = [];
    child.stdout.setEncoding('utf8').on('data', (text) => said.push(text));
    child.on('message', (message) => {
      console.log('parent:', message);
      child.send('go');
    });
    child.on('disconnect', () => console.log('parent: disconnect'));
    child.on('close', (code, signal) => {
      console.log(kind, code, signal, said.join(''));
      next();
    });
  };
  next();
}
