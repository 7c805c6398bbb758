process.on('multipleResolves', (type, p, v) => console.log(type + ' ' + (v && v.message || v)));
process.on('unhandledRejection', () => {});
new Promise((res, rej) => { res('a'); res('b'); rej(new Error('c')); });
process.nextTick(() => console.log('tick'));
