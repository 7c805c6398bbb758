console.log(1, -0, 1e21, NaN, 10n, true, undefined, null, 'str', Symbol('s'));
console.log(['str', 1, -0, null, undefined, Symbol('x'), 10n]);
console.log();
console.log('');
console.log('a\nb', ['a\nb', "it's", 'say "hi"', `it's "both"`]);
console.log([new String('s'), new Number(5), new Boolean(false), Object(Symbol('b')), Object(5n)]);
