for (const bad of [undefined, null, 'str', 42, {}, [], true, Symbol('s'), 10n]) {
  try { process.nextTick(bad); console.log('accepted'); } catch (e) { console.log(e.name + ' ' + e.code + ' ' + e.message); }
}
try { process.nextTick(); } catch (e) { console.log(e instanceof TypeError, e.code); }
