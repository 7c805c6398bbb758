// What fs refuses, and with which words: synchronous, with a callback, and as a promise.
const fs = require('fs');
fs.writeFileSync('file', 'text'); fs.mkdirSync('dir'); fs.symlinkSync('loop', 'loop');
const show = (v) => (v instanceof Error ? `${v.name} ${v.code} ${v.message} ${Object.keys(v)}` : typeof v === 'function' ? 'function' : typeof v === 'symbol' ? String(v) : v instanceof Object ? v.constructor.name : JSON.stringify(v));
const line = (how, name, args, result) => console.log(`${how}${name}(${args.map(show).join(', ')}): ${result}`);
const sync = (name, ...args) => {
  let result;
  try { result = show(fs[name](...args)); } catch (e) { result = `throws ${show(e)}`; }
  line('', name, args, result);
};
const callback = (name, ...args) => new Promise((done) => {
  try {
    fs[name](...args, (...results) => { line('cb ', name, args, `${results.length} ${results.map(show).join(' | ')}`); done(); });
  } catch (e) { line('cb ', name, args, `throws ${show(e)}`); done(); }
});
const promise = (name, ...args) => fs.promises[name](...args).then((r) => show(r), (e) => `rejects ${show(e)}`).then((r) => line('promise ', name, args, r));
const all = async (name, ...args) => { sync(`${name}Sync`, ...args); await callback(name, ...args); await promise(name, ...args); };

(async () => {
  for (const path of [undefined, null, 5, true, '', 'a\0b', {}, [], Buffer.from('nope'), new Uint8Array([97, 0]), 'nope/x', 'file/x', 'loop']) {
    for (const name of ['stat', 'lstat', 'access', 'readdir', 'unlink', 'rmdir', 'readlink', 'mkdir', 'truncate', 'rm', 'chmod']) {
      if (name === 'truncate' && typeof path === 'number') continue;
      if (name === 'unlink' && path === 'loop') continue;
      if (name === 'rm' && path === 'loop') continue;
      if (name === 'mkdir' && ['nope', ''].includes(String(path))) continue;
      await all(name, path, ...(name === 'chmod' ? [0o644] : []));
    }
    if (path !== 5) await all('readFile', path);
    sync('openSync', path); await callback('open', path);
    for (const name of ['rename', 'link', 'copyFile']) { await all(name, path, 'no/where'); await all(name, 'nope', path); }
    sync('existsSync', path); await callback('exists', path);
    await all('utimes', 'nope', path, 1);
    await all('rm', 'nope', path);
    await all('mkdir', 'file', path);
  }
  for (const fd of [undefined, null, -1, 1.5, 'x', 2 ** 31, {}, 99]) {
    for (const name of ['close', 'fstat', 'fsync', 'fdatasync', 'ftruncate']) { sync(`${name}Sync`, fd); await callback(name, fd); }
    sync('readSync', fd, Buffer.alloc(1)); sync('writeSync', fd, 'x'); sync('fchmodSync', fd, 0o600);
  }
  for (const name of ['readFile', 'stat', 'open', 'writeFile', 'mkdir', 'unlink', 'rename', 'readdir', 'access', 'exists', 'rmdir', 'link', 'symlink', 'chmod', 'truncate', 'utimes', 'mkdtemp', 'copyFile', 'appendFile', 'lstat', 'opendir']) {
    for (const nothing of [undefined, 5]) {
      try { fs[name]('nope', nothing, nothing); console.log(name, 'fine'); } catch (e) { console.log(name, show(e)); }
    }
  }
  for (const options of ['nope', { encoding: 'zz' }, 5, true, { signal: 5 }, { flag: 'zz' }, { mode: '9' }, { mode: -1 }, { flush: 1 }]) {
    await all('readFile', 'file', options); await all('writeFile', 'out', 'x', options); await all('appendFile', 'out', 'x', options);
  }
  for (const data of [undefined, null, 5, true, {}, () => {}, Symbol('s')]) { sync('writeFileSync', 'out', data); await callback('writeFile', 'out', data); }
  for (const mode of ['x', '8', -1, 1.5, 2 ** 32, {}, null]) { await all('chmod', 'file', mode); if (mode !== null) sync('openSync', 'file', 'r', mode); }
  for (const mode of [8, -1, '4', {}]) { await all('access', 'file', mode); await all('copyFile', 'file', 'copy', mode); }
  for (const flags of ['', 'R', 'wxx', 'q', {}, -1.5]) { sync('openSync', 'nope', flags); await callback('open', 'nope', flags); }
  for (const options of [5, 'x', { recursive: 1 }, { force: 'a' }, { maxRetries: -1 }, { retryDelay: 1.5 }]) { await all('rm', 'nope', options); await all('rmdir', 'nope', options); }
})();
