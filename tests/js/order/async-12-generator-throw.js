async function* g() { let n = 0; while (true) { try { yield n++; } catch (e) { console.log('inside caught ' + e.message); } } }
(async () => {
  const it = g();
  console.log((await it.next()).value);
  console.log((await it.throw(new Error('poke'))).value);
  const fresh = g();
  await fresh.throw(new Error('not started')).catch((e) => console.log('rejects ' + e.message));
  console.log(await fresh.next());
})();
