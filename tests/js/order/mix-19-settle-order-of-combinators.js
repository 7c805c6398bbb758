const d = (ms, v, bad) => new Promise((res, rej) => setTimeout(() => { console.log('settle ' + v); (bad ? rej : res)(v); }, ms));
Promise.race([d(140, 'a'), d(20, 'b')]).then((v) => console.log('race ' + v));
Promise.any([d(20, 'c', true), d(140, 'd')]).then((v) => console.log('any ' + v));
Promise.allSettled([d(140, 'e'), d(20, 'f', true)]).then((r) => console.log('allSettled ' + r.map((x) => x.status[0]).join('')));
Promise.all([d(140, 'g'), d(20, 'h', true)]).catch((v) => console.log('all rejected ' + v));
