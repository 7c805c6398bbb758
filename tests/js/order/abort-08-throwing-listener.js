process.on('uncaughtException', (e) => console.log('uncaught ' + e.message));
const ac = new AbortController();
ac.signal.addEventListener('abort', () => { throw new Error('listener'); });
ac.signal.addEventListener('abort', () => console.log('second'));
ac.abort();
console.log('abort returned');
setImmediate(() => console.log('immediate'));
