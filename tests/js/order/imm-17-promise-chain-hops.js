const hop = () => new Promise((r) => setImmediate(r));
const run = async (n) => { for (let i = 0; i < 3; i++) { await hop(); console.log(n + i); } };
run('a'); run('b');
hop().then(() => console.log('c')).then(() => console.log('d'));
