async function f() { console.log('in f'); return 'r'; }
console.log('before');
const p = f();
console.log('after', p instanceof Promise);
p.then((v) => console.log('then ' + v));
process.nextTick(() => console.log('tick'));
