for (const args of [[undefined], [5], [null], ['m', 5], ['m', 'T', 5], [{}]]) { try { process.emitWarning(...args); console.log('ok ' + args.length); } catch (e) { console.log(e.code + ' ' + e.message); } }
process.on('warning', (w) => console.log('warning ' + w.message));
