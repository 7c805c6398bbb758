const s = (n) => new Promise((r) => { console.log('start ' + n); setTimeout(() => { console.log('finish ' + n); r(n); }, n * 60); });
(async () => { const x = await s(3); const y = await s(1); console.log('chain 1: ' + (x + y)); })();
(async () => { const [x, y] = await Promise.all([s(2), s(1)]); console.log('chain 2: ' + (x + y)); })();
