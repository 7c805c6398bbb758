const path = require('path');
console.log(process.argv.length, path.isAbsolute(process.argv[0]), process.argv[1] === __filename, path.basename(process.argv[1]));
console.log(Array.isArray(process.execArgv), process.execArgv.length, process.execPath === process.argv[0], typeof process.argv0);
process.argv.push('mine');
console.log(process.argv[2], require.main === module, module.id, module.filename === __filename);
