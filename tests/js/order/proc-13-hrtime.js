const a = process.hrtime(), b = process.hrtime(a);
console.log(a.length, a.every(Number.isInteger), b[0] === 0, b[1] >= 0 && b[1] < 1e9);
const x = process.hrtime.bigint(), y = process.hrtime.bigint();
console.log(typeof x, y >= x);
for (const bad of [1, 'x', [1], [1, 2, 3]]) { try { process.hrtime(bad); } catch (e) { console.log(e.name, e.code); } }
setTimeout(() => { const d = process.hrtime(a); console.log(d[0] * 1000 + d[1] / 1e6 >= 19); console.log(process.uptime() > 0.019, typeof performance.now()); }, 20);
