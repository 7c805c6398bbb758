console.log('before');
process.nextTick(() => console.log('tick'));
const v = await Promise.resolve('value');
console.log('after ' + v);
await new Promise((r) => setTimeout(r, 5));
process.nextTick(() => console.log('tick 2'));
Promise.resolve().then(() => console.log('micro 2'));
console.log('end');
