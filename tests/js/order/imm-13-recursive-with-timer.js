// setImmediate recursion does not starve timers.
let n = 0, fired = false;
setTimeout(() => { fired = true; console.log('timer fired, immediates ran before: ' + (n > 0)); }, 10);
(function again() { n++; if (!fired) setImmediate(again); else console.log('stopped'); })();
