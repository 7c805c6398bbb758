const { setTimeout: sleep, setImmediate: imm } = require('timers/promises');
(async () => {
  console.log(await sleep(), await sleep(1), await sleep(1, undefined), await sleep(1, null), await imm());
  console.log(await sleep(1, Promise.resolve('promise value')), await imm({ k: 1 }));
  for (const ms of [-5, '2', NaN, null, {}, 1.5]) console.log(await sleep(ms, 'slept').catch((e) => e.code));
})();
