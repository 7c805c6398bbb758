class Log extends Promise {
  static get [Symbol.species]() { return Promise; }
}
const l = Log.resolve(1);
console.log(l instanceof Log, l.then(() => {}) instanceof Log, l.finally(() => {}) instanceof Log, l.catch(() => {}).constructor.name);
class Counted extends Promise { constructor(f) { super(f); Counted.n = (Counted.n || 0) + 1; } }
Counted.resolve().then(() => {}).then(() => console.log('constructed ' + Counted.n)).finally(() => console.log('finally ' + Counted.n));
