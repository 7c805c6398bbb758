process.on('exit', (c) => console.log('exit ' + c));
require('fs').promises.readFile('nope').then(() => console.log('never'));
setTimeout(() => console.log('never'), 2000);
