const run = (g) => new Promise((res, rej) => { const it = g(); const step = (m, v) => { let r; try { r = it[m](v); } catch (e) { return rej(e); } if (r.done) return res(r.value); Promise.resolve(r.value).then((x) => step('next', x), (e) => step('throw', e)); }; step('next'); });
run(function* () { console.log(yield 1); console.log(yield new Promise((r) => setImmediate(r, 2))); try { yield Promise.reject(new Error('3')); } catch (e) { console.log('caught ' + e.message); } return 'end'; }).then(console.log);
run(function* () { yield; throw new Error('escaped'); }).catch((e) => console.log(e.message));
console.log('started');
