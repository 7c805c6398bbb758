for (const v of ['abc', 1.5, {}, true]) { try { process.exit(v); } catch (e) { console.log(e.code); } }
process.on('exit', (c) => console.log(typeof c + ' ' + c));
process.exit('6');
