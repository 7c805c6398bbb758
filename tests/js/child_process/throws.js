'use strict';
// What cannot be run is told by 'error' in five cases, and thrown in all others.
const { spawn, exec, execFile, spawnSync, execFileSync } = require('child_process');
const tries = (name, act) => {
  try {
    console.log(name, 'returned', act());
  } catch (e) {
    console.log(name, 'threw', e.name, e.code, e.errno, e.syscall, e.path, e.message);
  }
};
const big = 'x'.repeat(3_000_000);
tries('arguments', () => spawn('true', [big]));
tries('execFile', () => execFile('true', [big], () => console.log('never')));
tries('exec', () => exec(`true ${big}`, () => console.log('never')));
tries('sync', () => {
  const { error, status, pid } = spawnSync('true', [big]);
  return [error.code, error.syscall, status, pid].join();
});
tries('execFileSync', () => execFileSync('true', [big]));
tries('long name', () => spawn('a'.repeat(300)));
tries('file as a directory', () => spawn('/dev/null/x'));
tries('descriptor', () => spawn('true', { stdio: [999, 'ignore', 'ignore'] }));
tries('directory', () => spawn('true', { cwd: '/dev/null' }));
tries('text in stdio', () => spawn('true', { stdio: ['text'] }));
(async () => {
  for (const [file, options] of [['/dev/null', {}], ['/no/such', {}], ['true', { cwd: '/no/such' }]]) {
    const child = spawn(file, options);
    for (const event of ['spawn', 'exit', 'close']) child.on(event, (...args) => console.log(file, event, args));
    child.on('error', (e) => console.log(file, e.code, e.syscall, e.path, child.pid, child.exitCode));
    await new Promise((resolve) => child.on('close', resolve));
  }
})();
