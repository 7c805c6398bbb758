process.on('unhandledRejection', (r) => console.log('1 ' + r));
process.prependListener('unhandledRejection', (r) => console.log('0 ' + r));
process.on('unhandledRejection', function () { console.log('2 args ' + arguments.length + ' this is process: ' + (this === process)); });
Promise.reject('x');
console.log(process.listenerCount('unhandledRejection'));
