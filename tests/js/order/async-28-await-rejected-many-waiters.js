const p = new Promise((_, j) => setImmediate(j, new Error('shared')));
const wait = async (n) => { try { await p; } catch (e) { console.log(n + ' caught ' + e.message); throw e; } finally { console.log(n + ' finally'); } };
Promise.allSettled([wait('a'), wait('b'), wait('c')]).then((r) => console.log(r.map((x) => x.status).join()));
wait('d').catch(() => console.log('d outer'));
