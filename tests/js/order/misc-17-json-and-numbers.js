console.log(JSON.stringify({ u: undefined, f() {}, d: new Date(0), n: null, nan: NaN, nested: [undefined, () => {}] }), JSON.stringify({ a: [1, { b: 2 }] }, null, 2), JSON.stringify('\u2028"\\'));
console.log((0.1 + 0.2).toString(), (255).toString(16), (1e21 + 1).toString(), Number.MAX_SAFE_INTEGER, 5e-324, -1e-7, 123456789012345680000);
console.log([3, 1, 2].sort(), [10, 9, 1].sort(), ['b', undefined, 'a'].sort(), [1, [2, [3, [4]]]].flat(Infinity), Object.entries({ x: 1 }), [..."añ😀"].length);
console.log(new Date(2020, 0, 31, 12).toISOString(), new Date('2020-02-30').getTime(), new Date(Date.UTC(2000, 1, 29)).toString(), typeof Date.now());
console.log(parseInt('08'), Number(''), +[], [] + {}, 0.1 * 3, 7 % -3, 2 ** 53 + 1, (25).toString(36), (1.005).toFixed(2), 1e3.toExponential());
