// What the programs beside this one share. Each has a twin in Rust; both print the same lines.
'use strict';

const lines = [];
exports.port = 0;
exports.log = (...words) => lines.push(words.join(' ').replaceAll(`:${exports.port}`, ':PORT'));
exports.watch = (name, socket) => {
  for (const event of ['connect', 'ready', 'end', 'drain', 'finish', 'timeout'])
    socket.on(event, () => exports.log(name, event));
  socket.on('error', (error) => exports.log(name, 'error', error.message, error.code));
  socket.on('close', (hadError) => exports.log(name, 'close', !!hadError));
};
// Ticks, microtasks and immediates from here on.
exports.around = (name) => {
  setImmediate(() => exports.log(name, 'immediate'));
  Promise.resolve().then(() => exports.log(name, 'microtask'));
  process.nextTick(() => exports.log(name, 'tick'));
};
exports.wrote = (name) => (error) => exports.log(name, 'written', error ? `${error.code} ${error.message}` : 'ok');
process.on('exit', () => console.log(lines.join('\n')));
