const src = {
  [Symbol.asyncIterator]() {
    let i = 0;
    return {
      next: () => new Promise((r) => setImmediate(() => r({ value: i, done: i++ >= 3 }))),
      return: async () => { console.log('return called'); return {}; },
    };
  },
};
(async () => {
  for await (const x of src) console.log('all ' + x);
  for await (const x of src) { if (x === 1) break; console.log('some ' + x); }
  try { for await (const x of src) throw new Error('in body'); } catch (e) { console.log(e.message); }
})();
