setImmediate(() => { console.log('a'); setImmediate(() => { console.log('a2'); setImmediate(() => console.log('a3')); }); });
setImmediate(() => { console.log('b'); setImmediate(() => console.log('b2')); });
setImmediate(() => console.log('c'));
