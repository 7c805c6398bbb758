const fsp = require('fs/promises');
(async () => {
  await fsp.writeFile('f', 'l1\nl2\r\nl3');
  const h = await fsp.open('f');
  for await (const line of h.readLines()) console.log(line);
  const w = await fsp.open('v', 'w+');
  console.log((await w.writev([Buffer.from('ab'), Buffer.from('cd')])).bytesWritten);
  const bufs = [Buffer.alloc(1), Buffer.alloc(3)];
  console.log((await w.readv(bufs, 0)).bytesRead, bufs.map(String).join('|'));
  await w.close();
})();
