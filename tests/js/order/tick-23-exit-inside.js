process.on('exit', (c) => console.log('exit ' + c));
process.nextTick(() => console.log('tick 1'));
process.nextTick(() => { console.log('tick 2 exits'); process.exit(3); });
process.nextTick(() => console.log('never'));
queueMicrotask(() => console.log('never micro'));
