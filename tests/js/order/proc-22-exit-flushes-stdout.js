for (let i = 0; i < 200; i++) console.log('line ' + i + ' ' + 'x'.repeat(60));
process.on('exit', () => console.log('from exit'));
process.exit(0);
