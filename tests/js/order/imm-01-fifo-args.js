setImmediate((a, b) => console.log('one', a, b), 1, 2);
setImmediate((...a) => console.log('two', a), 'x', ['y'], { z: 1 });
setImmediate(function () { console.log('three', arguments.length); });
console.log('sync');
