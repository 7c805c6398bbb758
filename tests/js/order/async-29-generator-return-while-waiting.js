async function* g() { try { yield 1; await new Promise((r) => setImmediate(r)); yield 2; } finally { await null; console.log('cleanup'); } }
const it = g();
it.next().then((r) => console.log('next', r));
it.next().then((r) => console.log('next', r));
it.return('stop').then((r) => console.log('return', r));
it.next().then((r) => console.log('after', r));
