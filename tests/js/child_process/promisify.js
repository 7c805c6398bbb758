'use strict';
const { promisify } = require('util'); const cp = require('child_process');
(async () => {
  console.log(await promisify(cp.exec)('echo out; echo err >&2'));
  console.log(await promisify(cp.execFile)('echo', ['a', 'b']));
  try { await promisify(cp.exec)('echo out; echo err >&2; exit 3'); } catch (e) { console.log(e.code, e.killed, e.signal, e.cmd, e.stdout, e.stderr, Object.keys(e)); }
  try { await promisify(cp.execFile)('/no/such'); } catch (e) { console.log(e.code, e.stdout, e.stderr, Object.keys(e)); }
  const p = promisify(cp.execFile)('true'); console.log(p instanceof Promise, p.child.spawnfile); await p;
})();
