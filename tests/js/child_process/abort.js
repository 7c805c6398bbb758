'use strict';
const { spawn, exec, execFile } = require('child_process');
const { promisify } = require('util');
(async () => {
  const a = new AbortController();
  const c = spawn('sleep', ['100'], { signal: a.signal });
  c.on('error', (e) => console.log('error', e.name, e.code, e.message, e.cause && e.cause.name));
  const end = new Promise((r) => c.on('exit', (...x) => r(x)));
  a.abort();
  console.log(await end, c.killed);
  const b = AbortSignal.abort(new Error('why'));
  const d = spawn('sleep', ['100'], { signal: b, killSignal: 'SIGKILL' });
  d.on('error', (e) => console.log('error', e.name, e.code, e.message, e.cause && e.cause.message));
  console.log(await new Promise((r) => d.on('close', (...x) => r(x))));
  const f = new AbortController();
  const g = execFile('sleep', ['100'], { signal: f.signal }, (e, o, s) => console.log('execFile', e.name, e.code, JSON.stringify(o), e.killed, e.signal, e.cmd));
  f.abort();
  await new Promise((r) => g.on('close', r));
  const h = new AbortController();
  const p = promisify(exec)('sleep 100', { signal: h.signal });
  console.log(typeof p.child.pid);
  h.abort();
  try { await p; } catch (e) { console.log('promise', e.name, e.code, e.stdout, e.stderr); }
})();
