// FileHandle.
const fsp = require('fs/promises');
const show = (v) => (v instanceof Error ? `${v.name} ${v.code} ${v.message} ${v.syscall}` : Buffer.isBuffer(v) ? `<${v.toString('latin1').slice(0, 20)}>` : v?.buffer ? `${v.bytesRead ?? v.bytesWritten} ${show(v.buffer)}` : v?.buffers ? `${v.bytesRead ?? v.bytesWritten} ${v.buffers.map(show)}` : v?.isFile ? `Stats ${v.size} ${v.isFile()}` : String(v));
(async () => {
  const handle = await fsp.open('file', 'w+');
  console.log(handle.constructor.name, typeof handle.fd, handle.eventNames());
  const call = async (name, ...args) => console.log(name, await handle[name](...args).then(show, show));
  await call('write', 'hello'); await call('write', Buffer.from('XY'), 0, 1, 0); await call('write', Buffer.alloc(0)); await call('write', 'é', 3, 'latin1');
  await call('write', Buffer.from('q'), { position: 1 }); await call('write', 5); await call('write', Buffer.from('q'), -1); await call('write', null);
  await call('read', Buffer.alloc(4), 0, 4, 0); await call('read', { position: 0, length: 3 }); await call('read', Buffer.alloc(3), { position: 1 }); await call('read', Buffer.alloc(2)); await call('read', Buffer.alloc(0)); await call('read', 5); await call('read', Buffer.alloc(2), 3);
  await call('stat'); await call('sync'); await call('datasync'); await call('truncate', 3); await call('stat'); await call('truncate'); await call('truncate', 'x'); await call('chmod', 0o600); await call('chmod'); await call('utimes', 1, 2); await call('utimes', {}, 2);
  await call('writeFile', 'whole'); await call('appendFile', ' and more'); await call('readFile', 'utf8'); await call('readFile', 'zz'); await call('readFile', { signal: AbortSignal.abort() });
  await call('readv', [Buffer.alloc(2), Buffer.alloc(2)], 0); await call('writev', [Buffer.from('1'), Buffer.from('2')], 0); await call('writev', 5); await call('writeFile', ['it', 'er', 'able']);
  console.log(show(await fsp.readFile(handle, 'utf8')), await fsp.writeFile(handle, 'by path function'), await fsp.appendFile(handle, '!'));
  let closed = 0;
  handle.on('close', () => closed++);
  const reading = handle.stat().then(() => 'stat');
  const closing = handle.close().then(() => 'closed');
  console.log(handle.fd > 0, await Promise.race([reading, closing]), await closing, closed, handle.fd);
  await call('close'); await call('read', Buffer.alloc(1)); await call('stat'); await call('write', 'x'); await call('readFile'); await call('sync'); await call('truncate');
  console.log(await fsp.readFile('file', 'utf8'));
  for (const args of [['nope'], ['file', 'zz'], ['file', 'r', 'x'], [5], ['file', 'wx']]) await fsp.open(...args).then((h) => h.close(), (e) => console.log(show(e)));
  const bytes = await fsp.open('file');
  const chunks = [];
  for (let n; (n = (await bytes.read(Buffer.alloc(4))).bytesRead) > 0;) chunks.push(n);
  console.log(chunks); await bytes.close();
})();
