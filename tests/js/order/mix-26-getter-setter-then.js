let reads = 0;
const o = { get then() { reads++; return undefined; } };
Promise.resolve(o).then(() => console.log('reads after resolve ' + reads));
(async () => { await o; console.log('reads after await ' + reads); return o; })().then(() => console.log('reads after return ' + reads));
console.log('reads now ' + reads);
