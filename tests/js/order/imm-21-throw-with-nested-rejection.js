process.on('uncaughtException', (e, o) => console.log('uncaught ' + e.message + ' ' + o));
process.on('unhandledRejection', (r) => console.log('unhandled ' + r.message));
setImmediate(() => { Promise.reject(new Error('rej 1')); throw new Error('imm 1'); });
setImmediate(() => console.log('imm 2'));
setImmediate(() => { Promise.reject(new Error('rej 3')); console.log('imm 3'); });
setImmediate(() => console.log('imm 4'));
