process.on('uncaughtException', (e) => console.log('caught ' + e.message));
process.nextTick(() => console.log('one'));
process.nextTick(() => { throw new Error('two'); });
process.nextTick(() => console.log('three'));
process.nextTick(() => { process.nextTick(() => console.log('four child')); throw new Error('four'); });
Promise.resolve().then(() => console.log('micro'));
process.nextTick(() => console.log('five'));
setImmediate(() => console.log('immediate'));
