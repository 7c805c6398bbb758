let q = Promise.resolve();
for (let i = 1; i <= 7; i++) q = q.then(() => console.log('step ' + i));
Promise.resolve().then(() => {}).then(() => console.log('after then'));
Promise.resolve().finally(() => {}).then(() => console.log('after finally'));
Promise.resolve().finally(() => Promise.resolve()).then(() => console.log('after finally with promise'));
Promise.reject(new Error('e')).finally(() => {}).catch(() => console.log('catch after finally'));
