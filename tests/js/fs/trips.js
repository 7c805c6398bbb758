// With one worker in the pool, the order of completions tells how many requests each operation makes.
process.env.UV_THREADPOOL_SIZE = '1';
const fs = require('fs');
fs.writeFileSync('a', 'some text'); fs.writeFileSync('empty', ''); fs.mkdirSync('d/e', { recursive: true });
const order = [];
const count = (label) => (error) => order.push(error ? `${label} ${error.code}` : label);
const chain = (label, n) => { fs.stat('.', () => { order.push(`${label}${n}`); if (n < 5) chain(label, n + 1); }); };
const race = (name, start) => new Promise((done) => {
  chain('s', 1);
  start();
  const wait = () => setTimeout(() => (order.filter((l) => /^s\d/.test(l)).length < 5 ? wait() : setTimeout(() => { console.log(name, order.splice(0).join(' ')); done(); }, 20)), 5);
  wait();
});
(async () => {
  await race('stat', () => fs.stat('a', count('x')));
  await race('readFile', () => fs.readFile('a', count('x')));
  await race('readFile empty', () => fs.readFile('empty', count('x')));
  await race('readFile nothing', () => fs.readFile('nope', count('x')));
  await race('writeFile', () => fs.writeFile('w', 'text', count('x')));
  await race('appendFile', () => fs.appendFile('w', 'text', count('x')));
  await race('truncate', () => fs.truncate('w', 1, count('x')));
  await race('promises.readFile', () => { fs.promises.readFile('a').then(() => count('x')()); });
  await race('promises.writeFile', () => { fs.promises.writeFile('w', 'text').then(() => count('x')()); });
  await race('mkdir', () => fs.mkdir('m', count('x')));
  await race('access', () => fs.access('nope', count('x')));
  await race('exists', () => fs.exists('nope', () => order.push('x')));
})();
