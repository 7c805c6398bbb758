const { setImmediate: imm } = require('timers/promises');
imm(1).then((v) => console.log('p' + v)).then(() => console.log('p1 next'));
setImmediate(() => console.log('i1'));
imm(2).then((v) => console.log('p' + v));
setImmediate(() => console.log('i2'));
(async () => { for (let i = 0; i < 3; i++) { await imm(); console.log('loop ' + i); } })();
