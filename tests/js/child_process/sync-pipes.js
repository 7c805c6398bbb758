'use strict';
const { spawnSync } = require('child_process');
const run = (script, options) => {
  const { output, status, signal, error } = spawnSync('sh', ['-c', script], options);
  console.log(output, status, signal, error?.code);
};
const stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'ignore', 'pipe'];
run('cat; echo three >&3; echo five >&5; exit 2', { input: 'in', stdio, encoding: 'utf8' });
run('echo three >&3', { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
run('printf 1234567890 >&3; exec sleep 1000', { maxBuffer: 5, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
run('exit 0', { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
