const chain = (n) => { let p = Promise.resolve(); for (let i = 1; i <= 4; i++) p = p.then(() => console.log(n + i)); return p; };
chain('a'); chain('b'); chain('c').then(() => console.log('c done'));
console.log('sync');
