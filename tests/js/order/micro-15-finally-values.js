const done = (l) => [(v) => console.log(l, 'ok', v), (e) => console.log(l, 'err', e.message)];
Promise.resolve(1).finally((x) => console.log('finally gets', x)).then(...done('a'));
Promise.resolve(1).finally(() => { throw new Error('from finally'); }).then(...done('b'));
Promise.reject(new Error('orig')).finally(() => 'swallow?').then(...done('c'));
Promise.reject(new Error('orig')).finally(() => Promise.reject(new Error('replaced'))).then(...done('d'));
Promise.resolve('v').finally(() => new Promise((r) => setImmediate(r))).then(...done('e waits'));
Promise.resolve('nf').finally('not a function').then(...done('f'));
