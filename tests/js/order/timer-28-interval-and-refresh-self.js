let n = 0;
const t = setTimeout(function tick() { console.log('tick ' + ++n); if (n < 3) setTimeout(tick, 1); }, 1);
let m = 0;
const i = setInterval(() => { m++; if (m === 2) { i.refresh(); console.log('refreshed interval'); } if (m === 4) { clearInterval(i); console.log('interval over'); } }, 150);
