// clearTimeout and clearInterval are interchangeable; an immediate is neither.
const t = setTimeout(() => console.log('never'), 1), i = setInterval(() => console.log('never'), 1);
clearInterval(t); clearTimeout(i);
const im = setImmediate(() => console.log('immediate survives clearTimeout'));
clearTimeout(im);
