const list = [];
for (let i = 0; i < 5; i++) list.push(setImmediate(() => { console.log('run ' + i); list.forEach(clearImmediate); }));
setTimeout(() => console.log('timer'), 150);
