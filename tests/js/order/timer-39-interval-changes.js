// An interval keeps its own rhythm: clearing and restarting, _repeat and unref.
let n = 0;
const i = setInterval(function () { console.log('a' + ++n); if (n === 2) { clearInterval(this); const j = setInterval(() => { console.log('b' + ++n); if (n === 4) { j.unref(); console.log('unref ends it'); } }, 5); } }, 5);
console.log(i._repeat, setTimeout(() => {}, 1)._repeat);
