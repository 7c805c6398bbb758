const t = setTimeout(() => console.log('never'), 5);
clearTimeout(t);
console.log('refresh of a cleared timer: ' + (t.refresh() === t));
const done = setTimeout(() => console.log('once'), 1);
setTimeout(() => { console.log('revive'); done.refresh(); }, 20);
