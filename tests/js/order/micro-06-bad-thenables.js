const show = (n) => [(v) => console.log(n + ' ok ' + v), (e) => console.log(n + ' err ' + (e.message ?? e))];
Promise.resolve({ then(r, j) { r('first'); j('second'); throw new Error('third'); } }).then(...show('once only'));
Promise.resolve({ then() { throw new Error('in then'); } }).then(...show('throws'));
Promise.resolve({ get then() { throw new Error('getter'); } }).then(...show('getter'));
Promise.resolve({ then: 42 }).then((v) => console.log('not callable, value ' + v.then));
Promise.resolve({ then(r) { setImmediate(r, 'late'); } }).then(...show('async'));
Promise.resolve(Object.assign(() => {}, { then(r) { r('function thenable'); } })).then(...show('fn'));
