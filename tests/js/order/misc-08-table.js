console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.table([[1, 2], [3, 4]]);
console.table(['p', 'q']);
console.table({ r1: { v: 1 }, r2: { v: 2 } });
console.table([{ a: 1, b: 2 }], ['b']);
console.table(new Map([['k', 'v']])); console.table(new Set([7])); console.table(5); console.table([]);
