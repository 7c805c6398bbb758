let v = 'early';
process.nextTick((x) => console.log('arg ' + x + ', closure ' + v), v);
const o = { k: 1 };
process.nextTick((p) => console.log('object is shared: ' + p.k), o);
v = 'late';
o.k = 2;
for (var i = 0; i < 3; i++) process.nextTick((n) => console.log('var i=' + i + ' arg=' + n), i);
for (let j = 0; j < 3; j++) process.nextTick(() => console.log('let j=' + j));
