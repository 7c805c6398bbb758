let q = Promise.resolve();
for (let i = 1; i <= 12; i++) q = q.then(() => console.log('step ' + i));
async function* g() { yield 1; yield Promise.resolve(2); }
(async () => { for await (const x of g()) console.log('for await ' + x); console.log('loop done'); })();
async function* h() { return 'r'; }
h().next().then((r) => console.log('return of generator ' + r.value));
