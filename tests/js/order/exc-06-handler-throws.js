process.on('uncaughtException', () => { console.log('handler'); throw new Error('second'); });
process.on('exit', (c) => console.log('exit ' + c));
setTimeout(() => console.log('never'), 3000);
throw new Error('first');
