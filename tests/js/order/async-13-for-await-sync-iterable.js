const slow = new Promise((r) => setTimeout(r, 20, 'slow'));
(async () => {
  for await (const x of [slow, 'plain', Promise.resolve('res')]) console.log(x);
  try { for await (const x of [1, Promise.reject(new Error('bad')), 3]) console.log(x); } catch (e) { console.log('caught ' + e.message); }
  for await (const [k, v] of new Map([['a', 1]])) console.log(k, v);
})();
