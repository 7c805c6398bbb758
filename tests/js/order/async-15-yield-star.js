async function* inner() { const got = yield 'i1'; console.log('inner got ' + got); yield 'i2'; return 'inner result'; }
async function* outer() { console.log('delegated: ' + (yield* inner())); yield* ['s1', Promise.resolve('s2')]; yield 'o'; }
(async () => {
  const it = outer();
  for (let r = await it.next('ignored'), n = 0; !r.done; r = await it.next('v' + ++n)) console.log(r.value);
})();
