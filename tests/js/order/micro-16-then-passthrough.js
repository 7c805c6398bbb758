Promise.resolve('v').then().then(null).then(undefined, undefined).then(42).then((v) => console.log(v));
Promise.reject(new Error('e')).then(() => console.log('no')).then(null, null).catch((e) => { console.log(e.message); return 'recovered'; }).then(console.log);
Promise.resolve(1).catch(() => console.log('no')).then((v) => console.log('through catch ' + v));
Promise.resolve(2).then((v) => { throw v; }).catch((v) => v + 1).then((v) => console.log(v));
