process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setTimeout(() => console.log('100'), 100);
setTimeout(() => { process.nextTick(() => console.log('tick of first')); throw new Error('first'); }, 1);
setTimeout(() => { process.nextTick(() => console.log('tick of second')); console.log('second'); }, 1);
setTimeout(() => { process.nextTick(() => console.log('tick of third')); setTimeout(() => console.log('late'), 1); throw new Error('third'); }, 1);
const end = Date.now() + 150; while (Date.now() < end);
