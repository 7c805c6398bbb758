class MyError extends Error { constructor(m) { super(m); this.name = 'MyError'; this.code = 'E_MINE'; } }
process.on('uncaughtException', (e) => console.log(e.name, e.code, e.message, e instanceof Error, e.cause && e.cause.message));
setImmediate(() => { throw new MyError('m'); });
setImmediate(() => { throw new Error('outer', { cause: new Error('inner') }); });
setImmediate(() => { throw new AggregateError([new Error('x')], 'agg'); });
setImmediate(() => { null.x; });
