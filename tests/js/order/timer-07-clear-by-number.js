const a = setTimeout(() => console.log('never a'), 5);
const b = setTimeout(() => console.log('never b'), 5);
const c = setTimeout(() => console.log('c runs'), 5);
const id = +a;
clearTimeout(id);
clearTimeout(String(b[Symbol.toPrimitive]()));
clearTimeout(c.unknown); clearTimeout(undefined); clearTimeout(null); clearTimeout({}); clearTimeout('nonsense'); clearTimeout(-1); clearTimeout(NaN);
console.log(Number.isInteger(id), `${a}` === String(id));
