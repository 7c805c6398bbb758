const fs = require('fs');
process.on('uncaughtException', (e) => { console.log('caught ' + e.message); });
fs.stat('.', () => {
  setImmediate(() => console.log('immediate'));
  process.nextTick(() => console.log('tick'));
  Promise.resolve().then(() => console.log('micro'));
  throw new Error('in stat');
});
