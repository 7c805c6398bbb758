setTimeout(() => console.log('a 300'), 300);
setTimeout(() => { console.log('b 0'); setTimeout(() => console.log('c 0+30'), 30); }, 0);
setImmediate(() => setTimeout(() => console.log('d imm+130'), 130));
Promise.resolve().then(() => setTimeout(() => console.log('e 0 (from micro)'), 0));
process.nextTick(() => setTimeout(() => console.log('f 0 (from tick)'), 0));
setTimeout(() => console.log('g 0'), 0);
