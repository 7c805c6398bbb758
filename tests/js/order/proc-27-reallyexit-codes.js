process.on('exit', (c) => console.log('exit ' + c));
process.exit(256 + 3);
