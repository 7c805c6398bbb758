process.nextTick(function () { console.log('this is undefined: ' + (this === undefined) + ', globalThis: ' + (this === globalThis)); });
queueMicrotask(function () { console.log('micro this undefined: ' + (this === undefined) + ', globalThis: ' + (this === globalThis)); });
Promise.resolve().then(function () { console.log('then this undefined: ' + (this === undefined) + ', globalThis: ' + (this === globalThis)); });
setImmediate(function () { console.log('immediate this: ' + this.constructor.name); });
setTimeout(function () { console.log('timeout this: ' + this.constructor.name); }, 1);
