let q = Promise.resolve();
for (let i = 1; i <= 8; i++) q = q.then(() => console.log('step ' + i));
Promise.resolve().then(() => 1).then(() => console.log('plain value'));
Promise.resolve().then(() => Promise.resolve(1)).then(() => console.log('native promise'));
Promise.resolve().then(() => ({ then(r) { r(1); } })).then(() => console.log('thenable'));
