console.log(process.emit('uncaughtException', new Error('nobody')));
process.on('uncaughtException', (e, o) => console.log('by hand ' + e.message + ' ' + o));
console.log(process.emit('uncaughtException', new Error('by hand'), 'origin'));
setImmediate(() => { throw new Error('real'); });
