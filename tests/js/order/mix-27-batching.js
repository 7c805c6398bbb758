// Collect calls of one turn and flush them once.
let pending = null;
const load = (k) => { if (!pending) { pending = { keys: [], p: null }; const b = pending; pending.p = new Promise((r) => process.nextTick(() => { pending = null; console.log('batch ' + b.keys); r(b.keys.map((x) => x * 10)); })); } const i = pending.keys.push(k) - 1; return pending.p.then((v) => v[i]); };
Promise.all([load(1), load(2), load(3)]).then((v) => { console.log(v.join()); return Promise.all([load(4), load(5)]); }).then((v) => console.log(v.join()));
setImmediate(() => load(6).then((v) => console.log(v)));
