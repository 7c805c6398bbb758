console.log(Array.from({ length: 30 }, (_, i) => i));
console.log(Array.from({ length: 120 }, (_, i) => i));
console.log('x'.repeat(120).split('').slice(0, 30));
console.log({ first: 'a fairly long string value number one', second: 'another fairly long string value', third: [1, 2, 3] });
console.log({ k1: 1, k2: 2, k3: 3, k4: 4, k5: 5, k6: 6, k7: 7 });
console.log(['apple', 'banana', 'cherry', 'dragonfruit', 'elderberry', 'fig', 'grape', 'honeydew']);
console.log(new Set(Array.from({ length: 5 }, (_, i) => ({ id: i, name: 'name ' + i }))));
console.log([{ a: 1, b: { c: 2, d: [1, 2, { e: 3 }] } }, { a: 2, b: null }]);
