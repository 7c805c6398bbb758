process.on('unhandledRejection', (r) => console.log('unhandled ' + r));
Promise.reject(1);
new Promise((_, j) => j(2));
(async () => { throw 3; })();
Promise.resolve().then(() => { throw 4; });
new Promise(() => { throw 5; });
console.log('sync');
