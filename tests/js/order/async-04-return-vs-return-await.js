let q = Promise.resolve();
for (let i = 1; i <= 6; i++) q = q.then(() => console.log('step ' + i));
const val = async () => 1, prom = async () => Promise.resolve(1), aw = async () => await Promise.resolve(1);
val().then(() => console.log('return value'));
prom().then(() => console.log('return promise'));
aw().then(() => console.log('return await'));
