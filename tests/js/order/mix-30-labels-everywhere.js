console.log('main begin');
const tick = (n, f) => process.nextTick(() => { console.log('tick ' + n); f && f(); });
const micro = (n, f) => queueMicrotask(() => { console.log('micro ' + n); f && f(); });
tick(1, () => { tick(2); micro(3, () => tick(4)); });
micro(5, () => { micro(6); tick(7, () => micro(8)); });
tick(9); micro(10);
console.log('main end');
