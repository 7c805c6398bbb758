let q = Promise.resolve();
for (let i = 1; i <= 6; i++) q = q.then(() => console.log('step ' + i));
Promise.all([]).then(() => console.log('all empty'));
Promise.all([1]).then(() => console.log('all one value'));
Promise.all([Promise.resolve(1), Promise.resolve(2)]).then(() => console.log('all two'));
Promise.race([Promise.resolve(1)]).then(() => console.log('race'));
Promise.allSettled([1]).then(() => console.log('allSettled'));
Promise.any([1]).then(() => console.log('any'));
