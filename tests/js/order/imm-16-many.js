let sum = 0;
const N = 2000;
for (let i = 0; i < N; i++) setImmediate((k) => { if (k !== sum) console.log('out of order'); sum++; if (k === 0) setImmediate(() => console.log('next round after ' + sum)); }, i);
