'use strict';
// The events of children, and where they stand among the queues and phases.
const { spawn } = require('child_process');
const log = (...args) => console.log(...args);

function one(name, file, args, options, then) {
  log(`-- ${name}`);
  const child = spawn(file, args, options);
  log('pid', typeof child.pid, 'spawnargs', child.spawnargs.join(' '));
  child.on('spawn', () => log('spawn'));
  child.on('error', (error) => log('error', error.code, error.errno, error.syscall, error.path, error.spawnargs, error.message));
  child.on('exit', (code, signal) => log('exit', code, signal, child.exitCode, child.signalCode));
  child.on('close', (code, signal) => {
    log('close', code, signal);
    then();
  });
  for (const name of ['stdout', 'stderr']) {
    const stream = child[name];
    if (!stream) continue;
    stream.setEncoding('utf8');
    // Which of the pipes' ends and the child's comes first is the system's affair.
    let all = '';
    stream.on('data', (text) => { all += text; });
    stream.on('end', () => { if (child.pid === undefined) log(name, 'end'); });
    child.on('close', () => log(name, JSON.stringify(all)));
  }
  process.nextTick(() => log('tick'));
  Promise.resolve().then(() => log('microtask'));
  return child;
}

const steps = [
  (then) => one('missing', '/no/such/program', ['a', 'b'], {}, then),
  (then) => one('bad directory', 'true', [], { cwd: '/no/such/place' }, then),
  (then) => one('code', 'sh', ['-c', 'exit 3'], { stdio: 'ignore' }, then),
  (then) => one('signal', 'sh', ['-c', 'kill -TERM $$'], { stdio: 'ignore' }, then),
  (then) => one('output', 'sh', ['-c', 'echo out'], { stdio: ['ignore', 'pipe', 'ignore'] }, then),
  (then) => one('errors', 'sh', ['-c', 'echo err >&2; exit 1'], { stdio: ['ignore', 'ignore', 'pipe'] }, then),
  (then) => {
    const cat = one('input', 'cat', [], { stdio: ['pipe', 'pipe', 'ignore'] }, then);
    cat.stdin.write('hello, ');
    cat.stdin.end('world', () => log('finished'));
  },
  (then) => {
    const child = one('killed', 'sleep', ['1000'], { stdio: 'ignore' }, then);
    log('kill', child.kill(), child.killed, child.kill(0));
  },
  (then) => {
    const child = one('not killed', '/none', [], { stdio: 'ignore' }, then);
    log('kill', child.kill(), child.killed);
  },
  (then) => {
    const child = one('timeout', 'sleep', ['1000'], { stdio: 'ignore', timeout: 50, killSignal: 'SIGKILL' }, then);
    log(child.stdin, child.stdout, child.stdio);
  },
  (then) => one('shell', 'echo $A; echo', ['b'], { shell: true, env: { A: '1' }, stdio: ['ignore', 'pipe', 'inherit'] }, then),
  (then) => one('argv0', 'sh', ['-c', 'echo $0'], { argv0: 'name', stdio: ['ignore', 'pipe', 'ignore'] }, then),
  (then) => one('environment', 'env', [], { env: { B: '1', A: '2', PATH: process.env.PATH, C: undefined }, stdio: ['ignore', 'ignore', 'ignore'] }, then),
  (then) => {
    const child = one('nobody reads', 'sh', ['-c', 'echo x; exit 2'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] }, then);
    log(child.stdio.length, child.stdio[3] !== null);
  },
];

(function next() {
  const step = steps.shift();
  if (step) step(() => setTimeout(next, 0));
})();
