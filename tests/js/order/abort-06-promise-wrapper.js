const abortable = (ms, signal) => new Promise((res, rej) => {
  signal.throwIfAborted();
  const t = setTimeout(() => { signal.removeEventListener('abort', stop); res('done ' + ms); }, ms);
  const stop = () => { clearTimeout(t); rej(signal.reason); };
  signal.addEventListener('abort', stop, { once: true });
});
const ac = new AbortController();
abortable(1, ac.signal).then(console.log);
abortable(5000, ac.signal).then(console.log, (e) => console.log('rejected', e));
setTimeout(() => { ac.abort('user'); console.log('aborted'); abortable(1, ac.signal).catch((e) => console.log('at once', e)); }, 60);
