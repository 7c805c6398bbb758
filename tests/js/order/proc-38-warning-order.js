process.on('warning', (w) => { console.log('warning ' + w.message); process.nextTick(() => console.log('tick of ' + w.message)); });
process.nextTick(() => console.log('tick 1'));
process.emitWarning('one');
queueMicrotask(() => { console.log('micro'); process.emitWarning('two'); });
process.nextTick(() => console.log('tick 2'));
