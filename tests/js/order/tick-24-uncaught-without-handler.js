process.on('exit', (c) => console.log('exit ' + c));
process.nextTick(() => console.log('before'));
process.nextTick(() => { throw new TypeError('fatal'); });
process.nextTick(() => console.log('never'));
