setImmediate(() => console.log('7 immediate'));
process.nextTick(() => console.log('3 tick'));
queueMicrotask(() => console.log('5 micro'));
(async () => { console.log('1 async body'); await null; console.log('6 after await'); })();
process.nextTick(() => console.log('4 tick'));
console.log('2 sync');
