process.on('uncaughtException', (e) => console.log('caught ' + e.message));
setImmediate(() => { process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro')); setTimeout(() => console.log('timeout'), 1); const end = Date.now() + 20; while (Date.now() < end); throw new Error('only one'); });
