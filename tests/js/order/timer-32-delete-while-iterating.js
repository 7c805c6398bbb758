// Cancelling neighbours in both directions while a list is being walked.
const ts = [];
for (let k = 0; k < 8; k++) ts.push(setTimeout(() => { console.log('run ' + k); if (k % 3 === 0) { clearTimeout(ts[k + 1]); clearTimeout(ts[k - 1]); } }, 4));
clearTimeout(ts[4]);
