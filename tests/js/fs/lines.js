// FileHandle.readLines as an async iterable.
const fsp = require('fs/promises');
const read = async (content, options) => {
  await fsp.writeFile('file', content);
  const handle = await fsp.open('file');
  const lines = [];
  for await (const line of handle.readLines(options)) lines.push(line.length > 30 ? line.length : line);
  console.log(JSON.stringify(lines), handle.fd === -1);
  if (handle.fd !== -1) await handle.close();
};
(async () => {
  for (const content of ['', 'a', 'a\n', 'a\nb', 'a\r\nb\r\n', '\n', '\n\n', 'a\rb', 'é\nwörld\n😀', `${'x'.repeat(70000)}\n${'y'.repeat(70000)}`, `${'z'.repeat(65535)}\r\nend`]) await read(content);
  await read('0123\n5678\nabcd', { start: 2, end: 8 });
  await read('a\nb', { autoClose: false });
  await read('é\n', { encoding: 'latin1' });
  await fsp.writeFile('file', 'one\ntwo\nthree');
  const handle = await fsp.open('file');
  for await (const line of handle.readLines()) { console.log(line); break; }
})();
