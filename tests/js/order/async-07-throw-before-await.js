async function f() { throw new Error('early'); }
async function g(x = (() => { throw new Error('default param'); })()) { return x; }
try { f().catch((e) => console.log('rejection ' + e.message)); console.log('no sync throw'); } catch { console.log('sync throw'); }
try { g().catch((e) => console.log('rejection ' + e.message)); console.log('no sync throw'); } catch { console.log('sync throw'); }
