// process.nextTick can be replaced by user code; the original keeps working.
const original = process.nextTick;
let calls = 0;
process.nextTick = function (fn, ...args) { calls++; return original.call(process, fn, ...args); };
process.nextTick((x) => console.log('patched ' + x), 'yes');
original(() => console.log('unbound original'));
process.nextTick = original;
process.nextTick(() => console.log('restored, patched calls: ' + calls));
console.log(process.nextTick.name, typeof process._tickCallback);
