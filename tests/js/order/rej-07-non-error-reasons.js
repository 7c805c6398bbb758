process.on('uncaughtException', (e, origin) => {
  console.log(origin, e.name, e.code);
  console.log(e.message);
});
Promise.reject('string');
Promise.reject(undefined);
Promise.reject(null);
Promise.reject(42);
Promise.reject({ a: 1 });
