process.on('warning', (w) => console.log([w.name, w.message, w.code, w.detail, w instanceof Error].join(' | ')));
process.emitWarning('plain');
process.emitWarning('typed', 'MyWarning');
process.emitWarning('coded', 'MyWarning', 'C001');
process.emitWarning('options', { type: 'OptWarning', code: 'C002', detail: 'some detail' });
process.emitWarning(Object.assign(new Error('an error object'), { name: 'CustomName' }));
console.log('sync: nothing emitted yet');
process.nextTick(() => console.log('tick'));
