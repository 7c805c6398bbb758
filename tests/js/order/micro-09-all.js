const t = (ms, v) => new Promise((r) => setTimeout(r, ms, v));
Promise.all([t(80, 'slow'), 'plain', t(5, 'fast'), Promise.resolve('done')]).then((v) => console.log(v.join()));
Promise.all([]).then((v) => console.log('empty ' + v.length));
Promise.all('ab').then((v) => console.log(v));
Promise.all([Promise.reject(new Error('r1')), Promise.reject(new Error('r2'))]).catch((e) => console.log('first rejection ' + e.message));
Promise.all(5).catch((e) => console.log(e.name));
Promise.all(new Set([1, Promise.resolve(2)])).then((v) => console.log(v));
console.log('sync');
