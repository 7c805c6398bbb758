'use strict';
const { fork } = require('child_process');
const kind = process.argv[2];
if (kind === 'exit') {
  process.send('last words');
  process.exit(3);
} else if (kind === 'throw') {
  process.on('message', () => { throw new Error('not shown'); });
} else if (kind === 'killed') {
  process.on('message', () => process.kill(process.pid, 'SIGKILL'));
} else if (kind === 'parent') {
  // Its parent disconnects: it hears of it.
  process.on('disconnect', () => process.exit(process.connected ? 1 : 9));
} else {
  const kinds = ['exit', 'throw', 'killed', 'parent', 'missing'];
  const next = () => {
    const kind = kinds.shift();
    if (!kind) return;
    const child = fork(__filename, [kind], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execPath: kind === 'missing' ? '/no/such/node' : undefined });
    const events = [];
    const tell = (...event) => events.push(event.join(' '));
    child.on('message', (message) => tell('message', message));
    child.on('disconnect', () => tell('disconnect', child.connected));
    child.on('error', (error) => tell('error', error.code, error.syscall));
    child.on('exit', (code, signal) => tell('exit', code, signal));
    const end = (code, signal) => {
      console.log(kind, events.sort(), code, signal);
      next();
    };
    if (kind === 'parent') {
      // There is no 'close' for who has disconnected itself.
      child.on('close', () => console.log('close'));
      child.on('exit', end);
      child.disconnect();
    } else if (kind === 'missing') {
      child.on('close', () => console.log('close'));
      setTimeout(end, 100, child.exitCode, child.connected);
    } else {
      child.on('close', end);
      if (kind !== 'exit') child.send('go');
    }
  };
  next();
}
