const ac = new AbortController();
ac.signal.addEventListener('abort', () => { console.log('l1'); queueMicrotask(() => console.log('m1')); process.nextTick(() => console.log('t1')); });
ac.signal.addEventListener('abort', () => console.log('l2'));
setImmediate(() => { ac.abort(); console.log('after abort'); });
