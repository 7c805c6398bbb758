// Random paths through every function of path.posix; of the bulk only a checksum for each function.
const path = require('path').posix;
process.chdir('/');
let seed = 2024;
const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >> 8) % n; };
const PARTS = ['/', '/', '/', '//', '.', '..', '...', 'a', 'b', 'foo', '.b', 'c.', 'x.js', '..a', '\\', ' ', 'é'];
const make = () => { let s = ''; for (let i = random(7); i > 0; i--) s += PARTS[random(PARTS.length)]; return s; };
const sums = {};
const call = (shown, name, ...args) => {
  let result;
  try { result = `${JSON.stringify(path[name](...args))}`; } catch (e) { result = `${e.name} ${e.code} ${e.message}`; }
  for (let i = 0; i < result.length; i++) sums[name] = (Math.imul(sums[name] ?? 7, 31) + result.charCodeAt(i)) | 0;
  if (shown) console.log(name, JSON.stringify(args), result);
};
const absolute = path.sep === '/' ? '/home/me' : 'C:\\home\\me';
for (let i = 0; i < 2000; i++) {
  const [a, b, c] = [make(), make(), make()];
  const shown = i < 25;
  for (const name of ['normalize', 'isAbsolute', 'dirname', 'basename', 'extname', 'parse']) call(shown, name, a);
  call(shown, 'join', a, b, c);
  call(shown, 'resolve', absolute, a, b);
  call(shown, 'relative', path.join(absolute, a), path.join(absolute, b));
  call(shown, 'basename', a + b, b);
  call(shown, 'toNamespacedPath', path.join(absolute, a));
  call(shown, 'format', { ...path.parse(a), base: undefined });
}
console.log(sums);
for (const name of Object.keys(path)) {
  if (typeof path[name] !== 'function' || name === 'matchesGlob') continue;
  for (const args of [[], [null], [5], ['/', {}], ['/a', 'b', 3]]) call(true, name, ...args.map((arg) => (arg === '/' ? absolute : arg)));
}
console.log(path.sep, path.delimiter, path.posix === require('path').posix, path.win32 === require('path').win32, require('path/posix') === path.posix);
