setImmediate(() => console.log('immediate'));
Promise.resolve().then(function loop() { if ((loop.n = (loop.n || 0) + 1) < 4) { console.log('micro ' + loop.n); process.nextTick(() => { console.log('tick ' + loop.n); Promise.resolve().then(loop); }); } });
