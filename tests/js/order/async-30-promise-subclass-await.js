class Slow extends Promise { then(a, b) { console.log('then called'); return super.then(a, b); } }
let q = Promise.resolve();
for (let i = 1; i <= 5; i++) q = q.then(() => console.log('step ' + i));
(async () => { await Slow.resolve(1); console.log('after subclass'); })();
(async () => { const p = Promise.resolve(1); p.constructor = Slow; await p; console.log('after changed constructor'); })();
