// One list is walked to its end before the next list, even if that one has an older timer in it.
setTimeout(() => console.log('20 first'), 20);
setTimeout(() => console.log('50'), 50);
let end = Date.now() + 40; while (Date.now() < end);
setTimeout(() => console.log('20 second (due at 60)'), 20);
end = Date.now() + 60; while (Date.now() < end);
setImmediate(() => console.log('immediate'));
