// console.table.
console.table([{ a: 1, b: 'xyz' }, { a: 2, c: { d: 1 } }]);
console.table([[1, 2], [3]]);
console.table(5);
console.table('text');
console.table([1, 'a', { x: 1 }]);
console.table(new Map([['k', { v: 1 }], ['j', 2]]));
console.table(new Set([1]));
console.table(new Set([{ a: 1 }, { a: 2 }]));
console.table([{ a: 1, b: 2 }], ['b']);
console.table([{ a: 1, b: 2 }], ['c', 'a']);
console.table([1, 2], ['x']);
console.table([]);
console.table([[]]);
console.table({ row1: { c: 1 }, row2: { c: 2 } });
console.table([{ a: '你好' }, { a: 'é' }]);
console.table([{ a: { x: 1, y: 2, z: 3 }, b: [1, 2, 3, 4] }, null, undefined, Symbol('s'), () => {}]);
try {
  console.table([1], 5);
} catch (error) {
  console.log(error.code, error.message);
}
