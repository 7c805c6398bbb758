'use strict';
// Also without a name, or with more than one `=`.
const { spawn, spawnSync } = require('child_process');
const envs = [{ '': 'x', A: '1' }, { '=C:': 'y', B: 'a=b' }, { '': 'x', '=': 'z' }, { A: undefined, B: '', C: null, D: 0 }, {}];
for (const env of envs) console.log(spawnSync('/usr/bin/env', { env, encoding: 'utf8' }).output);
spawn('/usr/bin/env', { env: envs[0] }).stdout.setEncoding('utf8').on('data', (text) => console.log(text));
