process.on('uncaughtException', (e) => console.log('A ' + e.message));
process.on('uncaughtException', (e) => { console.log('B ' + e.message); process.nextTick(() => console.log('tick from B')); });
process.prependListener('uncaughtException', () => console.log('first'));
process.nextTick(() => { throw new Error('x'); });
process.nextTick(() => console.log('next tick'));
