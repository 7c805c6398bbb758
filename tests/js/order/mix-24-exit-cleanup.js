const open = new Set(['db', 'cache']);
process.on('exit', (c) => { for (const o of open) console.log('close ' + o); console.log('code ' + c); });
process.on('uncaughtException', (e) => { console.log('fatal: ' + e.message); process.exit(70); });
setTimeout(() => { open.delete('cache'); throw new Error('broken'); }, 1);
setTimeout(() => console.log('never'), 3000);
