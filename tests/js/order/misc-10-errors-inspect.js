const e = new Error('message'); e.stack = e.stack.split('\n')[0];
console.log(e, [e], { e });
class MyErr extends TypeError { constructor(m) { super(m); this.extra = 5; } }
const m = new MyErr('mine'); m.stack = 'MyErr: mine\n    at somewhere';
console.log(m);
const n = new Error('no stack'); n.stack = undefined; console.log(n);
const f = new Error(''); f.stack = 'Error'; console.log(f, String(f), Object.prototype.toString.call(f), f.toString());
const c = new Error('outer', { cause: 'a cause' }); c.stack = 'Error: outer'; console.log(c);
console.log(String(new RangeError('r')), new SyntaxError('s').name, Object.keys(new Error('k')).length, new Error('x', { cause: 1 }).cause);
