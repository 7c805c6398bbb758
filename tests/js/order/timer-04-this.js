const t = setTimeout(function () { console.log('this is the timer: ' + (this === t)); }, 1);
setTimeout(() => console.log('arrow this is module.exports: ' + (this === module.exports)), 1);
const o = { name: 'o', hi() { console.log('method lost its this: ' + (this !== o)); } };
setTimeout(o.hi, 1);
setTimeout(o.hi.bind({}), 1);
let n = 0;
const i = setInterval(function () { console.log('interval this ' + (this === i)); if (++n > 1) clearInterval(this); }, 2);
