process.on('uncaughtException', (e) => console.log('caught ' + e.message));
let n = 0;
const i = setInterval(() => { if (++n === 4) clearInterval(i); throw new Error('run ' + n); }, 2);
