const arr = [3, 1, 2].map((x) => { Promise.resolve().then(() => console.log('micro from map ' + x)); return x * 2; });
console.log('mapped ' + arr);
'x-y'.replace(/\w/g, (m) => { process.nextTick(() => console.log('tick from replace ' + m)); return m; });
JSON.parse('{"a":1}', (k, v) => { queueMicrotask(() => console.log('micro from reviver ' + JSON.stringify(k))); return v; });
console.log('sync over');
