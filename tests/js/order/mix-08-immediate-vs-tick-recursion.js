let ticks = 0, imms = 0;
function t() { if (++ticks < 5) process.nextTick(t); }
function im() { if (++imms < 5) setImmediate(im); else console.log('ticks ' + ticks + ' imms ' + imms); }
process.nextTick(t); setImmediate(im);
setImmediate(() => console.log('ticks are all done: ' + ticks + ', immediates so far: ' + imms));
