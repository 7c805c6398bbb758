const a = setImmediate(() => console.log('never a'));
const b = setImmediate(() => { console.log('b clears c'); clearImmediate(c); clearImmediate(b); });
const c = setImmediate(() => console.log('never c'));
const d = setImmediate(() => console.log('d'));
clearImmediate(a); clearImmediate(a);
clearImmediate(); clearImmediate(null);
