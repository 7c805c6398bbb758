let n = 0;
process.on('beforeExit', (c) => { console.log('beforeExit ' + c + ' n=' + n); if (n++ < 3) setTimeout(() => console.log('more work ' + n), 1); });
process.on('exit', () => console.log('exit'));
console.log('main');
