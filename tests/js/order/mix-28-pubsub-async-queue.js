class Q { #items = []; #waiters = []; push(v) { const w = this.#waiters.shift(); w ? w(v) : this.#items.push(v); } pop() { return this.#items.length ? Promise.resolve(this.#items.shift()) : new Promise((r) => this.#waiters.push(r)); } }
const q = new Q();
const consumer = async (n) => { for (let v; (v = await q.pop()) !== null;) console.log(n + ' took ' + v); console.log(n + ' stops'); };
consumer('A'); consumer('B');
q.push(1); q.push(2); q.push(3);
setImmediate(() => { q.push(4); q.push(5); process.nextTick(() => { q.push(null); q.push(null); }); });
