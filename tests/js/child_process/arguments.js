'use strict';
const cp = require('child_process');
const t = (name, f) => { try { const r = f(); console.log(name, 'ok'); if (r && r.on) r.on('error', () => {}); } catch (e) { console.log(name, e.name, e.code, e.message); } };
for (const fn of ['spawn', 'spawnSync', 'execFile', 'execFileSync']) {
  const f = cp[fn];
  t(fn + ' none', () => f());
  t(fn + ' empty', () => f(''));
  t(fn + ' number', () => f(5));
  t(fn + ' nul', () => f('a\0b'));
  t(fn + ' arg nul', () => f('true', ['a\0b']));
  t(fn + ' args str', () => f('true', 'x'));
  t(fn + ' args num', () => f('true', 5));
  t(fn + ' opts str', () => f('true', [], 'x'));
  t(fn + ' opts null', () => f('true', [], null));
  t(fn + ' cwd num', () => f('true', [], { cwd: 5 }));
  t(fn + ' detached', () => f('true', [], { detached: 'x' }));
  t(fn + ' uid', () => f('true', [], { uid: 'x' }));
  t(fn + ' gid', () => f('true', [], { gid: 1.5 }));
  t(fn + ' shell', () => f('true', [], { shell: 5 }));
  t(fn + ' argv0', () => f('true', [], { argv0: 5 }));
  t(fn + ' timeout', () => f('true', [], { timeout: -1 }));
  t(fn + ' timeout f', () => f('true', [], { timeout: 1.5 }));
  t(fn + ' maxBuffer', () => f('true', [], { maxBuffer: -1 }));
  t(fn + ' maxBuffer s', () => f('true', [], { maxBuffer: 'x' }));
  t(fn + ' killSignal', () => f('true', [], { killSignal: 'SIGFOO' }));
  t(fn + ' killSignal n', () => f('true', [], { killSignal: 5000 }));
  t(fn + ' killSignal o', () => f('true', [], { killSignal: {} }));
  t(fn + ' stdio', () => f('true', [], { stdio: 'foo' }));
  t(fn + ' stdio num', () => f('true', [], { stdio: 5 }));
  t(fn + ' stdio obj', () => f('true', [], { stdio: [{}] }));
  t(fn + ' windowsHide', () => f('true', [], { windowsHide: 5 }));
  t(fn + ' wva', () => f('true', [], { windowsVerbatimArguments: 5 }));
  t(fn + ' signal', () => f('true', [], { signal: 5 }));
  t(fn + ' env', () => f('true', [], { env: { 'A\0': '1' } }));
  t(fn + ' env2', () => f('true', [], { env: { A: '1\0' } }));
  t(fn + ' env nul', () => f('true', [], { env: null }));
  t(fn + ' serialization', () => f('true', [], { serialization: 'x' }));
}
for (const fn of ['exec', 'execSync']) {
  const f = cp[fn];
  t(fn + ' none', () => f());
  t(fn + ' empty', () => f(''));
  t(fn + ' num', () => f(5));
  t(fn + ' nul', () => f('a\0b'));
  t(fn + ' cb', () => f('true', {}, 5));
}
t('input', () => cp.spawnSync('cat', { input: 5 }));
t('input2', () => cp.spawnSync('cat', { input: new Uint16Array(2) }));
t('input3', () => cp.spawnSync('cat', { input: new DataView(new ArrayBuffer(2)) }));
