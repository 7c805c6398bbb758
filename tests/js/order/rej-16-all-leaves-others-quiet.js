// Rejections given to a combinator are handled by it.
process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
Promise.all([Promise.reject('a'), Promise.reject('b')]).catch((r) => console.log('all ' + r));
Promise.race([Promise.reject('c'), Promise.reject('d')]).catch((r) => console.log('race ' + r));
Promise.allSettled([Promise.reject('e')]).then((r) => console.log(r[0].reason));
Promise.all([Promise.reject('f')]);
