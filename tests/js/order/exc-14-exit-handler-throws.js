process.on('exit', () => { console.log('exit 1'); throw new Error('in exit'); });
process.on('exit', () => console.log('exit 2'));
console.log('main');
