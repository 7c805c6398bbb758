setTimeout(() => console.log('150'), 150);
setTimeout(() => console.log('100'), 100);
setTimeout(() => console.log('50'), 50);
setTimeout(() => console.log('1'), 1);
console.log('sync');
