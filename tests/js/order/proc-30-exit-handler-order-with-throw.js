process.on('uncaughtException', (e) => console.log('caught ' + e.message));
process.on('exit', (c) => console.log('first ' + c));
process.on('exit', () => { throw new Error('in exit'); });
process.on('exit', () => console.log('third'));
