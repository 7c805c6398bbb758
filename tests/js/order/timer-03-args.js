setTimeout((...a) => console.log('timeout ' + a.join()), 1, 'a', 'b', 'c', 'd', 'e');
setTimeout((...a) => console.log('none ' + a.length), 1);
let n = 0;
const i = setInterval((x, y) => { console.log('interval ' + x + y); if (++n === 2) clearInterval(i); }, 5, 'x', 'y');
