'use strict';
const { exec, execFile } = require('child_process');
const { promisify } = require('util');
const show = (name) => (error, stdout, stderr) => {
  console.log(name, stdout, stderr);
  if (error) {
    console.log(error.name, error.code, error.killed, error.signal, error.cmd, JSON.stringify(error.message));
  }
};

(async () => {
  const run = (f, name, ...args) => new Promise((resolve) => f(...args, (...result) => resolve(show(name)(...result))));
  await run(exec, 'plain', 'echo hello');
  await run(exec, 'both', 'echo out; echo err >&2');
  await run(exec, 'fails', 'echo out; echo err >&2; exit 3');
  await run(exec, 'missing', '/no/such/program 2>/dev/null');
  await run(exec, 'killed', 'kill -9 $$');
  await run(exec, 'timeout', 'exec sleep 1000', { timeout: 50 });
  await run(exec, 'timeout signal', 'exec sleep 1000', { timeout: 50, killSignal: 'SIGKILL' });
  await run(exec, 'buffer', 'printf abc', { encoding: 'buffer' });
  await run(exec, 'hex', 'printf abc', { encoding: 'hex' });
  await run(exec, 'full', 'printf abcdef', { maxBuffer: 3 });
  await run(exec, 'full of errors', 'printf abcdef >&2', { maxBuffer: 5 });
  await run(exec, 'just full', 'printf abcdef', { maxBuffer: 6 });
  await run(exec, 'directory', 'pwd', { cwd: '/' });
  await run(exec, 'environment', 'echo $A', { env: { A: 'b' } });
  await run(execFile, 'file', 'printf', ['%s|', 'a b', 'c']);
  await run(execFile, 'no arguments', 'true');
  await run(execFile, 'options', 'pwd', { cwd: '/usr' });
  await run(execFile, 'missing file', '/no/such/program', ['x']);
  await run(execFile, 'not executable', '/dev/null');
  await run(execFile, 'shell', 'echo $((1 + 2))', { shell: '/bin/sh' });

  const promised = promisify(exec);
  console.log(await promised('echo promised'));
  const pending = promised('exit 4');
  console.log(typeof pending.child.pid);
  await pending.catch((error) => console.log(error.code, error.stdout, error.stderr));
  console.log(await promisify(execFile)('echo', ['file']));

  const controller = new AbortController();
  const aborted = promisify(execFile)('sleep', ['1000'], { signal: controller.signal });
  controller.abort();
  await aborted.catch((error) => console.log(error.name, error.code, error.message));

  for (const bad of [() => exec(1), () => exec('true', 1, 2), () => execFile('true', [], {}, 1), () => execFile(''),
    () => execFile('true', 'x'), () => execFile('a\0b'), () => execFile('true', ['a\0b']), () => execFile('true', { timeout: -1 }),
    () => execFile('true', { maxBuffer: -1 }), () => execFile('true', { killSignal: 'SIGNOTHING' }), () => execFile('true', { cwd: 1 }),
    () => execFile('true', { uid: 'x' }), () => execFile('true', { shell: 1 })]) {
    try {
      bad();
      console.log('no error');
    } catch (error) {
      console.log(error.name, error.code);
    }
  }
})();
