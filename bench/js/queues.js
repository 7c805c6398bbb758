// What a callback costs in each queue: `node queues.js`, `node-compat queues.js`.
'use strict';

const N = 200_000;

const ways = {
  'process.nextTick': (next) => process.nextTick(next),
  queueMicrotask: (next) => queueMicrotask(next),
  'promise.then': (next) => { Promise.resolve().then(next); },
  setImmediate: (next) => setImmediate(next),
  'setTimeout, all due at once': null,
};

function measure(names) {
  const name = names.shift();
  if (!name) return;
  const start = process.hrtime.bigint();
  let left = N;
  const done = () => {
    const nanoseconds = Number(process.hrtime.bigint() - start) / N;
    console.log(`${name.padEnd(28)} ${nanoseconds.toFixed(0).padStart(6)} ns`);
    setTimeout(measure, 10, names);
  };
  if (!ways[name]) {
    for (let i = 0; i < N; i++) setTimeout(() => { if (--left === 0) done(); }, 1);
    return;
  }
  const way = ways[name];
  const next = () => { if (--left === 0) done(); else way(next); };
  way(next);
}

measure(Object.keys(ways));
