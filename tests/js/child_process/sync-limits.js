'use strict';
// What goes past the limit is kept as far as it was read at once.
const { execFileSync, spawnSync } = require('child_process');
const say = (script, maxBuffer) => {
  const { stdout, stderr, status, signal, error } = spawnSync('sh', ['-c', script], { maxBuffer, encoding: 'utf8' });
  console.log(stdout.length, stderr.length, error ? error.code : `${status} ${signal}`);
};
// The child goes on until it is killed.
say('printf 1234567890; exec sleep 1000', 5);
say('printf 123456; exec sleep 1000', 5);
say('printf 12345; exit 3', 5);
say('printf 1234567890', 0);
say('printf abcdef; sleep 0.1; printf ghijkl; exec sleep 1000', 8);
say('printf 1234567890 >&2; exec sleep 1000', 9);
try {
  execFileSync('sh', ['-c', 'printf abcdefghij; exec sleep 1000'], { maxBuffer: 5, stdio: 'pipe' });
} catch (error) {
  console.log(error.code, error.stdout.toString(), error.stderr.length, error.status, error.signal, error.message);
}
