const { setInterval: every } = require('timers/promises');
(async () => { for await (const _ of every(2)) throw new Error('in body'); })().catch((e) => console.log(e.message));
process.on('exit', () => console.log('exit: the interval was cleared'));
