'use strict';
const { spawnSync, execSync, execFileSync } = require('child_process');
const show = (name, { status, signal, output, stdout, stderr, error, pid }) => {
  console.log(name, status, signal, output, stdout, stderr, pid > 0);
  if (error) console.log(error.code, error.errno, error.syscall, error.path, error.spawnargs, error.message);
};
show('plain', spawnSync('echo', ['hello']));
show('text', spawnSync('sh', ['-c', 'echo out; echo err >&2; exit 3'], { encoding: 'utf8' }));
show('signal', spawnSync('sh', ['-c', 'kill -9 $$'], { encoding: 'utf8' }));
show('missing', spawnSync('/no/such/program', ['a']));
show('directory', spawnSync('pwd', { cwd: '/no/such/place', encoding: 'utf8' }));
show('input', spawnSync('tr', ['a-z', 'A-Z'], { input: 'hello', encoding: 'utf8' }));
show('bytes', spawnSync('cat', { input: Buffer.from([0, 255, 10]) }));
show('timeout', spawnSync('sleep', ['1000'], { timeout: 50 }));
show('signal of it', spawnSync('sleep', ['1000'], { timeout: 50, killSignal: 'SIGKILL' }));
show('ignored', spawnSync('echo', ['x'], { stdio: 'ignore' }));
show('shell', spawnSync('echo $((1 + 2))', { shell: true, encoding: 'utf8' }));
const big = spawnSync('sh', ['-c', 'yes | head -c 300000'], { encoding: 'utf8', maxBuffer: 1e6 });
console.log(big.stdout.length, big.status);
const full = spawnSync('yes', { encoding: 'utf8', maxBuffer: 1000 });
console.log(full.error.code, full.stdout.length >= 1000, full.signal);

console.log(execSync('echo hello').toString(), execSync('echo hello', { encoding: 'utf8' }), execSync('cat', { input: 'x' }));
console.log(execFileSync('printf', ['%s-', 'a b', 'c'], { encoding: 'utf8' }));
for (const fails of [
  () => execSync('echo out; echo err >&2; exit 3', { stdio: 'pipe', encoding: 'utf8' }),
  () => execFileSync('sh', ['-c', 'exit 4'], { stdio: 'pipe' }),
  () => execFileSync('/no/such/program', ['x'], { stdio: 'pipe' }),
  () => execSync('exec sleep 1000', { timeout: 50, stdio: 'pipe' }),
]) {
  try {
    fails();
    console.log('no error');
  } catch (error) {
    console.log(error.code, error.status, error.signal, error.stdout, error.stderr, JSON.stringify(error.message));
  }
}
