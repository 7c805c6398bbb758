const out = [];
function* seq(n) { for (let i = 0; i < 3; i++) yield n + i; }
const drive = (it) => { const r = it.next(); if (!r.done) { out.push(r.value); return Promise.resolve().then(() => drive(it)); } };
Promise.all([drive(seq('x')), drive(seq('y')), drive(seq('z'))]).then(() => console.log(out.join(' ')));
