Promise.allSettled([1, Promise.resolve('two'), Promise.reject(new Error('three')), new Promise((r) => setImmediate(r, 4))]).then((r) => {
  for (const x of r) console.log(x.status, x.status === 'fulfilled' ? x.value : x.reason.message, Object.keys(x).join());
});
Promise.allSettled([]).then((r) => console.log('empty', r));
queueMicrotask(() => console.log('micro'));
