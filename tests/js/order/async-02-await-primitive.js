let q = Promise.resolve();
for (let i = 1; i <= 4; i++) q = q.then(() => console.log('step ' + i));
(async () => { await 1; console.log('after one'); await 'x'; console.log('after two'); await null; console.log('after three'); })();
