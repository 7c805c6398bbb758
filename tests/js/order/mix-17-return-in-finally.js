const f = async (how) => {
  try { if (how === 'throw') throw new Error('t'); if (how === 'reject') await Promise.reject(new Error('r')); return 'value ' + how; }
  catch (e) { return 'caught ' + e.message; }
  finally { console.log('finally ' + how); if (how === 'override') return 'from finally'; }
};
for (const h of ['plain', 'throw', 'reject', 'override']) f(h).then(console.log);
console.log('called');
