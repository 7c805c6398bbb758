const { setTimeout: sleep } = require('timers/promises');
sleep(50, null, { ref: false }).then(() => console.log('never'));
process.on('exit', () => console.log('exit'));
