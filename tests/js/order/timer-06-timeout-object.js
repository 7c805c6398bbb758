const t = setTimeout(() => {}, 10);
console.log(typeof t, t.constructor.name, t.hasRef(), typeof +t, typeof t[Symbol.toPrimitive]());
console.log(['ref', 'unref', 'hasRef', 'refresh', 'close'].map((m) => typeof t[m]).join());
console.log(t.unref() === t, t.hasRef(), t.ref() === t, t.hasRef());
clearTimeout(t);
console.log(t.hasRef(), t._destroyed);
