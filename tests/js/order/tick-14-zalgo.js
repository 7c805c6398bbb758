// The usual reason for nextTick: always call back asynchronously.
const cache = new Map([['hit', 1]]);
function lookup(key, cb) {
  if (cache.has(key)) return process.nextTick(cb, null, cache.get(key));
  setImmediate(() => { cache.set(key, key.length); cb(null, cache.get(key)); });
}
lookup('hit', (e, v) => console.log('hit', e, v));
lookup('miss', (e, v) => { console.log('miss', e, v); lookup('miss', (e2, v2) => console.log('now cached', v2)); console.log('after second lookup'); });
console.log('returned');
