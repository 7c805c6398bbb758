let res;
const p = new Promise((r) => { res = r; });
res(p);
p.catch((e) => console.log(e.name));
const q = Promise.resolve().then(() => q);
q.catch((e) => console.log(e instanceof TypeError));
