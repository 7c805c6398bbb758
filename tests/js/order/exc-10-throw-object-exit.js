process.on('exit', (c) => console.log('exit ' + c));
setTimeout(() => { throw { code: 5, toString() { return 'custom'; } }; }, 1);
