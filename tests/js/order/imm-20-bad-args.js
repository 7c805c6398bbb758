for (const bad of [undefined, null, 0, '', {}]) { try { setImmediate(bad); } catch (e) { console.log(e.code + ': ' + e.message); } }
console.log(setImmediate.name, setImmediate.length, clearImmediate.name, clearImmediate.length);
console.log(require('timers').setImmediate === setImmediate);
