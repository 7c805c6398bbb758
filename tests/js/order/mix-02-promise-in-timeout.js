setTimeout(() => { console.log('A'); Promise.resolve().then(() => console.log('B')); }, 0);
setTimeout(() => { console.log('C'); process.nextTick(() => console.log('D')); }, 0);
Promise.resolve().then(() => { console.log('E'); setTimeout(() => console.log('F'), 0); });
