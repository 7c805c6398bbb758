const fsp = require('fs/promises');
(async () => {
  const h = await fsp.open('f', 'w+');
  console.log(h.constructor.name, typeof h.fd);
  console.log(await h.write('0123456789').then((r) => r.bytesWritten));
  const { bytesRead, buffer } = await h.read(Buffer.alloc(4), 0, 4, 2);
  console.log(bytesRead, String(buffer));
  await h.truncate(5); console.log((await h.stat()).size);
  console.log(await h.readFile('utf8') === '', String((await h.read({ position: 0, buffer: Buffer.alloc(3) })).buffer));
  await h.appendFile('END'); await h.sync(); await h.datasync(); await h.chmod(0o600);
  h.on('close', () => console.log('close event'));
  await h.close(); console.log('closed', h.fd);
  try { await h.read(Buffer.alloc(1)); } catch (e) { console.log(e.code, e.syscall); }
  console.log(await fsp.readFile('f', 'latin1'));
})();
