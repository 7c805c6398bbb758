const { setInterval: every } = require('timers/promises');
(async () => {
  let n = 0;
  for await (const v of every(5, 'v')) { console.log(v + ++n); if (n === 3) break; }
  console.log('loop left');
})();
