console.group('G1'); console.log('in'); console.group(); console.info('multi\nline'); console.groupEnd(); console.debug({ a: 1 }); console.groupEnd(); console.groupEnd();
console.count(); console.count('x'); console.count('x'); console.countReset('x'); console.count('x'); console.count();
console.assert(true, 'never'); console.assert(false, 'goes to stderr %s', 'x');
console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 }); console.dir([1, 'x']);
console.dirxml({ x: 1 }, [2]); console.trace('stderr'); console.error('stderr'); console.warn('stderr');
console.time('t'); console.log(typeof console.timeEnd, typeof console.timeLog, typeof console.Console);
