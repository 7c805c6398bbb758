async function* source() { for (let i = 1; i <= 5; i++) { await null; yield i; } }
async function* map(it, f) { for await (const x of it) yield f(x); }
async function* filter(it, f) { for await (const x of it) if (f(x)) yield x; }
async function* take(it, n) { let k = 0; for await (const x of it) { if (k++ >= n) return; yield x; } }
(async () => { for await (const x of take(map(filter(source(), (n) => n % 2), (n) => n * n), 2)) console.log(x); console.log('done'); })();
Promise.resolve().then(() => console.log('micro')); process.nextTick(() => console.log('tick'));
