process.nextTick((...a) => console.log('first ' + JSON.stringify(a)), 1, 'two', { three: 3 });
process.nextTick(function () { console.log('no args ' + arguments.length); });
process.nextTick((a, b, c, d, e) => console.log([a, b, c, d, e].join('-')), 1, 2, 3, 4, 5);
process.nextTick((f) => console.log('nested call ' + f()), () => 'result');
process.nextTick(console.log, 'console.log itself', 42);
console.log('returns ' + process.nextTick(() => {}));
