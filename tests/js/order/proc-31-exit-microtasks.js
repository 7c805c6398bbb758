// After a natural end microtasks and ticks of exit listeners meet different fates.
process.on('exit', () => { console.log('exit 1'); Promise.resolve().then(() => console.log('micro of exit')); process.nextTick(() => console.log('tick of exit')); queueMicrotask(() => console.log('queued micro of exit')); });
process.on('exit', () => console.log('exit 2'));
