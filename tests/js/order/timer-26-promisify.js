const { promisify } = require('util');
const sleep = promisify(setTimeout), imm = promisify(setImmediate);
(async () => {
  console.log(await sleep(5, 'slept'));
  console.log(await imm('checked'));
  console.log(await Promise.race([sleep(80, 'slow'), sleep(1, 'fast')]));
})();
console.log(typeof setTimeout[promisify.custom]);
