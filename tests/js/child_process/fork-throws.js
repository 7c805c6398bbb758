'use strict';
const { fork, spawn, spawnSync } = require('child_process');
const fails = (act) => {
  try {
    act();
    console.log('no error');
  } catch (error) {
    console.log(error.name, error.code, error.message);
  }
};
fails(() => fork());
fails(() => fork(null));
fails(() => fork(1));
fails(() => fork('a\0b'));
fails(() => fork(__filename, 'x'));
fails(() => fork(__filename, [], 1));
fails(() => fork(__filename, [], { stdio: ['pipe', 'pipe', 'pipe'] }));
fails(() => fork(__filename, [], { stdio: 'nothing' }));
fails(() => spawn('true', { stdio: ['ipc', 'ipc'] }));
fails(() => spawnSync('true', { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }));
const child = spawn('cat', { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
fails(() => child.send());
fails(() => child.send(undefined));
fails(() => child.send(() => {}));
fails(() => child.send(Symbol('x')));
fails(() => child.send(1n));
fails(() => child.send('x', undefined, 1));
const circle = {};
circle.itself = circle;
try {
  child.send(circle);
} catch (error) {
  console.log(error.name);
}
child.on('disconnect', () => console.log('disconnect'));
child.on('close', (code, signal) => console.log('close', code, signal));
