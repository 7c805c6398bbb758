process.on('uncaughtException', (e) => console.log('uncaught ' + e.message));
const t = new EventTarget();
t.addEventListener('x', () => { throw new Error('listener'); });
t.addEventListener('x', () => console.log('second still runs'));
console.log('dispatch ' + t.dispatchEvent(new Event('x')));
process.nextTick(() => console.log('tick'));
