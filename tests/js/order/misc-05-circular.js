const o = { name: 'o' }; o.self = o; o.list = [o, { o }];
console.log(o);
const a = [1]; a.push(a); console.log(a);
const m = new Map(); m.set('m', m); console.log(m);
const x = {}, y = { x }; x.y = y; console.log(x, [x, y]);
