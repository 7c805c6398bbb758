Promise.any([Promise.reject(1), new Promise((r) => setImmediate(r, 'winner')), Promise.reject(2)]).then((v) => console.log(v));
Promise.any([Promise.reject(new Error('a')), Promise.reject(new Error('b'))]).catch((e) => {
  console.log(e.name, e instanceof AggregateError, e.message, e.errors.map((x) => x.message).join());
});
Promise.any([]).catch((e) => console.log(e.constructor.name, e.errors.length));
