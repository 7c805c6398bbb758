console.log(new Map([['a', 1], [{ k: 1 }, [2]]]), new Set([1, 'two', [3]]), new Map(), new Set());
console.log(new WeakMap(), new WeakSet(), [1, 2].values(), new Map([[1, 2]]).entries(), new Set([5]).keys());
console.log(Promise.resolve(5), Promise.reject(new RangeError('x')).catch(() => {}) && 'p', new Promise(() => {}));
console.log(new Date(0), [new Date(86400000)], new Date(NaN), /re+/gi, [/x/]);
console.log(new Uint8Array([1, 2, 3]), new Float64Array(2), new ArrayBuffer(4), Buffer.from('hey'), [Buffer.from('x')]);
console.log(new Proxy({ p: 1 }, {}), globalThis === global, Math, JSON, function () { return arguments; }(1, 2));
