const a = setImmediate(() => { console.log('a'); process.nextTick(() => { console.log('tick clears b'); clearImmediate(b); }); });
const b = setImmediate(() => console.log('never'));
const c = setImmediate(() => { console.log('c'); queueMicrotask(() => clearImmediate(d)); });
const d = setImmediate(() => console.log('never'));
const e = setImmediate(() => console.log('e'));
