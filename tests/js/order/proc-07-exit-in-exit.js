process.on('exit', (c) => { console.log('one ' + c); process.exit(9); console.log('never'); });
process.on('exit', (c) => console.log('two ' + c));
console.log('main');
