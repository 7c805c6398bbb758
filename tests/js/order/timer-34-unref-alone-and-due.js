setTimeout(() => console.log('never: the loop is not entered for it'), 1).unref();
const end = Date.now() + 20; while (Date.now() < end);
process.on('exit', () => console.log('exit'));
