process.on('warning', (w) => console.log(w.name + ' ' + w.code + ' ' + w.message));
process.emitWarning('old thing', 'DeprecationWarning', 'DEP_X');
process.emitWarning('old thing', 'DeprecationWarning', 'DEP_X');
const { deprecate } = require('util');
const f = deprecate(() => 'result', 'f is old', 'DEP_F'), g = deprecate(() => 'g', 'g is old too', 'DEP_F');
console.log(f(), f(), g());
process.noDeprecation = true;
process.emitWarning('silenced', 'DeprecationWarning', 'DEP_Y');
