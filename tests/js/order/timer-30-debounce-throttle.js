const debounce = (f, ms) => { let t; return (...a) => { clearTimeout(t); t = setTimeout(f, ms, ...a); }; };
const throttle = (f, ms) => { let open = true; return (...a) => { if (!open) return; open = false; f(...a); setTimeout(() => { open = true; }, ms); }; };
const d = debounce((x) => console.log('debounced ' + x), 30), t = throttle((x) => console.log('throttled ' + x), 30);
for (const x of [1, 2, 3]) { d(x); t(x); }
setTimeout(() => { d(4); t(4); }, 120);
