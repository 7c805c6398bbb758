const a = async () => { try { return 'try'; } finally { return 'finally'; } };
const b = async () => { try { throw new Error('lost'); } finally { return 'swallowed'; } };
const c = async () => { for (const x of [1, 2, 3]) { try { await x; if (x === 2) break; } finally { console.log('cleanup ' + x); } } return 'c'; };
a().then(console.log); b().then(console.log); c().then(console.log);
