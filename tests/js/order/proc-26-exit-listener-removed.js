const f = () => console.log('never');
process.on('exit', f);
process.on('exit', () => console.log('kept'));
process.off('exit', f);
process.on('exit', () => process.on('exit', () => console.log('added too late')));
console.log(process.listeners('exit').length);
