// next() calls are queued; each waits for the one before.
async function* g() { for (let i = 0; i < 3; i++) { await null; console.log('produce ' + i); yield i; } return 'end'; }
const it = g();
for (let i = 0; i < 5; i++) it.next().then((r) => console.log('next ' + i + ' ' + JSON.stringify(r)));
console.log('five requests made');
