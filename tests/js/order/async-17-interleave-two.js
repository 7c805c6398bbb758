async function run(name) { for (let i = 0; i < 4; i++) { console.log(name + i); await null; } return name; }
Promise.all([run('a'), run('b')]).then((v) => console.log(v.join()));
process.nextTick(() => console.log('tick'));
setImmediate(() => console.log('immediate'));
