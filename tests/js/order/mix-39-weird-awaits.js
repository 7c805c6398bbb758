(async () => {
  console.log(await await await 1, await (await (async () => (async () => 'nested')())()));
  const fns = [async () => 1, async () => { await null; return 2; }, () => 3];
  for (const f of fns) console.log(await f());
  await null, console.log('comma'), await null;
  if (await false || await 'truthy') console.log('or');
  const { a = await 'default' } = {}; console.log(a);
  label: for (const x of [1, 2]) { for await (const y of [3, 4]) { if (y === 4) continue label; console.log(x, y); } }
  switch (await 'k') { case await 'k': console.log('case'); }
})();
process.nextTick(() => console.log('tick'));
