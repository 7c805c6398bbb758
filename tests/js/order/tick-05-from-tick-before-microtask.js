// A chain of ticks started before a microtask finishes before it.
queueMicrotask(() => console.log('micro'));
let depth = 0;
(function next() {
  if (++depth <= 5) process.nextTick(() => { console.log('tick depth ' + depth); next(); });
})();
console.log('sync');
