// A pending await does not keep the process alive, and code behind it never runs.
process.on('exit', (c) => console.log('exit ' + c));
(async () => { try { await new Promise(() => {}); console.log('never'); } finally { console.log('never finally'); } })();
setTimeout(() => console.log('timer'), 1);
