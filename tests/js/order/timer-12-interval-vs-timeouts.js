let n = 0;
const i = setInterval(() => { console.log('interval ' + ++n); if (n === 3) clearInterval(i); }, 100);
for (const ms of [50, 150, 250, 370]) setTimeout(() => console.log('timeout ' + ms), ms);
