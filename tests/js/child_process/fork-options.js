'use strict';
const { fork } = require('child_process');
if (process.argv[2] === 'child') {
  console.log('out', process.argv.slice(3), process.cwd() === '/', process.env.A, Object.keys(process.env).filter((name) => name.startsWith('NODE_CHANNEL')));
  console.error('err');
  process.send({ root: process.cwd() === '/' });
} else {
  const show = (name, child) => new Promise((resolve) => {
    const said = [];
    child.stdout?.setEncoding('utf8').on('data', (text) => said.push(text.replaceAll(process.execPath, 'EXE')));
    child.on('message', (message) => said.push(message));
    child.on('close', (code, signal) => {
      console.log(name, said.filter((text) => typeof text !== 'string'), said.filter((text) => typeof text === 'string').join(''), code, signal);
      resolve();
    });
    console.log(name, child.stdio.map((stream) => stream && typeof stream), child.stdin === null, child.stdout === null);
  });
  (async () => {
    await show('silent', fork(__filename, ['child', 'x'], { silent: true, cwd: '/', env: { A: '1', PATH: process.env.PATH } }));
    await show('pipe', fork(__filename, ['child'], { stdio: 'pipe', env: { ...process.env, A: '2' } }));
    await show('fifth', fork(__filename, ['child'], { stdio: ['ignore', 'pipe', 'ignore', 'ignore', 'pipe', 'ipc'] }));
    await show('ignore', fork(__filename, ['child'], { stdio: 'ignore' }));
    await show('buffer', fork(Buffer.from(__filename), ['child'], { silent: true }));
  })();
}
