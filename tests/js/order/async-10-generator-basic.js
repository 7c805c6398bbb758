async function* gen() { try { console.log('start'); yield 1; console.log('between'); yield Promise.resolve(2); yield 3; } finally { console.log('closed'); } }
(async () => {
  for await (const x of gen()) console.log('got ' + x);
  for await (const x of gen()) { console.log('got ' + x); break; }
  const g = gen();
  console.log(await g.next(), await g.return('r'), await g.next());
})();
