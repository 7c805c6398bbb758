class Mutex {
  #last = Promise.resolve();
  lock() { let release; const next = new Promise((r) => { release = r; }); const prev = this.#last; this.#last = next; return prev.then(() => release); }
}
const m = new Mutex();
const job = async (n, ms) => { const release = await m.lock(); console.log('enter ' + n); await new Promise((r) => setTimeout(r, ms)); console.log('leave ' + n); release(); };
job('a', 30); job('b', 5); job('c', 1);
console.log('queued');
