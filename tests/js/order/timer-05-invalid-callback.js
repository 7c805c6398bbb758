for (const f of [setTimeout, setInterval, setImmediate]) {
  for (const bad of [undefined, null, 'code()', 5, {}]) {
    try { f(bad, 1); console.log('accepted'); } catch (e) { console.log(f.name + ' ' + e.name + ' ' + e.code + ' ' + e.message); }
  }
}
