process.on('uncaughtException', (e) => { console.log('caught ' + e.message); clearImmediate(c); });
const a = setImmediate(() => { throw new Error('a'); });
const b = setImmediate(() => console.log('b'));
const c = setImmediate(() => console.log('never'));
const d = setImmediate(() => console.log('d'));
