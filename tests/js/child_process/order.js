'use strict';
// The last output, its end, the child's end: in this order, also when the three come at once.
const { spawn, ChildProcess } = require('child_process');
const wait = (ms) => { for (const end = Date.now() + ms; Date.now() < end;); };
(async () => {
  for (let round = 0; round < 5; round++) {
    const child = spawn('sh', ['-c', 'echo last; exit 3'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const seen = [];
    child.stdout.on('data', () => seen.push('data')).on('end', () => seen.push('end'));
    child.on('exit', () => seen.push('exit'));
    child.on('close', () => seen.push('close', child.stdout.destroyed));
    wait(30 * round);
    await new Promise((resolve) => child.on('close', resolve));
    console.log(seen.join(' '));
  }
  const child = new ChildProcess();
  child.spawn({ file: 'sh', args: ['name', '-c', 'echo $0 $A; exit 5'], envPairs: ['A=b=c', 'PATH=/bin:/usr/bin'] });
  child.stdout.on('data', (data) => console.log(child.spawnfile, child.spawnargs, String(data)));
  child.on('close', (...args) => console.log(args));
})();
