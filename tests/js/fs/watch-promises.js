// fs.promises.watch: an async iterator of changes.
const fs = require('fs');
const { watch } = fs.promises;
fs.mkdirSync('d');
(async () => {
  const controller = new AbortController();
  setTimeout(() => { fs.mkdirSync('d/a'); }, 1);
  try {
    for await (const { eventType, filename } of watch('d', { signal: controller.signal })) {
      console.log(eventType, filename);
      if (filename === 'a') fs.mkdirSync('d/b');
      else controller.abort(new Error('why'));
    }
  } catch (error) {
    console.log(error.name, error.code, error.message, error.cause?.message);
  }
  setTimeout(() => { fs.mkdirSync('d/c'); }, 1);
  for await (const change of watch('d', { encoding: 'hex' })) {
    console.log(change);
    break;
  }
  for (const args of [['nope'], ['d', { signal: AbortSignal.abort() }], ['d', 7], ['d', { encoding: 'buffer' }], ['d', { persistent: 1 }], [7]]) {
    try {
      for await (const change of watch(...args)) console.log('?', change);
    } catch (error) {
      console.log(error.name, error.code, error.message);
    }
  }
})();
