'use strict';
const { spawn } = require('child_process');
(async () => {
  const cat = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
  let length = 0;
  cat.stdout.on('data', (chunk) => { length += chunk.length; });
  const block = 'x'.repeat(100000);
  let left = 30;
  let drains = 0;
  (function write() {
    while (left > 0) {
      left--;
      if (!cat.stdin.write(block)) {
        cat.stdin.once('drain', () => { drains++; write(); });
        return;
      }
    }
    cat.stdin.end();
  })();
  await new Promise((resolve) => cat.on('close', resolve));
  console.log(length, drains > 0);

  const words = spawn('sh', ['-c', 'printf one; sleep 0.1; printf two'], { stdio: ['ignore', 'pipe', 'ignore'] });
  words.stdout.setEncoding('utf8');
  let text = '';
  for await (const chunk of words.stdout) text += chunk;
  console.log(text);

  const first = spawn('sh', ['-c', 'echo b; echo a'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const second = spawn('sort', { stdio: ['pipe', 'pipe', 'ignore'] });
  first.stdout.pipe(second.stdin);
  second.stdout.on('data', (chunk) => console.log(JSON.stringify(chunk.toString())));
  await new Promise((resolve) => second.on('close', resolve));

  const paused = spawn('echo', ['later'], { stdio: ['ignore', 'pipe', 'ignore'] });
  paused.stdout.pause();
  paused.stdout.on('data', (chunk) => console.log(String(chunk).trim()));
  await new Promise((resolve) => paused.on('exit', resolve));
  console.log('exited', paused.stdout.isPaused());
  paused.stdout.resume();
  await new Promise((resolve) => paused.on('close', resolve));

  const deaf = spawn('sh', ['-c', 'exec <&-; sleep 0.2'], { stdio: ['pipe', 'ignore', 'ignore'] });
  deaf.stdin.on('error', (error) => console.log(error.code, error.syscall));
  deaf.stdin.on('close', () => console.log('stdin close'));
  setTimeout(() => deaf.stdin.write('x'), 100);
  await new Promise((resolve) => deaf.on('close', resolve));

  const gone = spawn('sleep', ['1000'], { stdio: 'ignore', detached: true });
  gone.unref();
  gone.ref();
  process.kill(-gone.pid, 'SIGKILL');
  console.log(await new Promise((resolve) => gone.on('exit', (...args) => resolve(args))));
})();
