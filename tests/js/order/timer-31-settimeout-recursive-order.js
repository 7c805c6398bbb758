const log = [];
(function a(n) { log.push('a' + n); if (n < 3) setTimeout(a, 1, n + 1); })(0);
(function b(n) { log.push('b' + n); if (n < 3) setTimeout(b, 1, n + 1); })(0);
process.on('exit', () => console.log(log.join(' ')));
