process.on('exit', (c) => { console.log('exit ' + c); Promise.resolve().then(() => console.log('never')); });
(async () => { try { await null; process.exit(5); } finally { console.log('never'); } })();
