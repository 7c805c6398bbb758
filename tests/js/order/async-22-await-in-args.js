const v = async (x) => { console.log('eval ' + x); return x; };
(async () => {
  console.log(await v('a'), await v('b'));
  const o = { x: await v(1), [await v('k')]: await v(2) };
  console.log(JSON.stringify(o), `${await v('t1')}-${await v('t2')}`);
  let total = 0;
  const add = async (n) => { total += await n; };
  await Promise.all([add(1), add(2)]);
  console.log('lost update: ' + total);
})();
