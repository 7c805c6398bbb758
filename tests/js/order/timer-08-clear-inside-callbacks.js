const a = setTimeout(() => { console.log('a clears c'); clearTimeout(c); }, 5);
const b = setTimeout(() => { console.log('b clears itself and a'); clearTimeout(b); clearTimeout(a); }, 5);
const c = setTimeout(() => console.log('never'), 5);
const d = setTimeout(() => console.log('d'), 5);
