'use strict';
// Format strings: util.format, and the arguments of console.log.

const text = require('internal/util/inspect_layout');

// Loaded when an object is printed.
const inspect = (value, options) => require('internal/util/inspect').inspect(value, options);

const plain = (string) => string;

function jsonText(value) {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (/circular/i.test(error.message)) return '[Circular]';
    throw error;
  }
}

function directive(letter, value, options) {
  const separator = options !== undefined && options.numericSeparator;
  const number = (convert) => {
    if (typeof value === 'bigint') return text.bigintText(plain, value, separator);
    return text.numberText(plain, typeof value === 'symbol' ? NaN : convert(value), separator);
  };
  switch (letter) {
    case 's':
      if (typeof value === 'number') return text.numberText(plain, value, separator);
      if (typeof value === 'bigint') return text.bigintText(plain, value, separator);
      if (typeof value !== 'object' || value === null) return String(value);
      if (!require('internal/util/inspect_names').hasBuiltinToString(value)) return String(value);
      return inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
    case 'd': return number(Number);
    case 'i': return number(Number.parseInt);
    case 'f':
      if (typeof value === 'bigint') return text.numberText(plain, Number(value), separator);
      return number(Number.parseFloat);
    case 'j': return jsonText(value);
    case 'o': return inspect(value, { ...options, showHidden: true, showProxy: true, depth: 4 });
    case 'O': return inspect(value, options);
    case 'c': return '';
    default: return undefined;
  }
}

function formatAll(options, args) {
  const first = args[0];
  let used = 0;
  let string = '';
  if (typeof first === 'string') {
    if (args.length === 1) return first;
    used = 1;
    let from = 0;
    let at = first.indexOf('%');
    while (at !== -1 && at < first.length - 1) {
      const letter = first[at + 1];
      if (letter === '%') {
        string += first.slice(from, at + 1);
        from = at + 2;
        at += 1;
      } else if (used < args.length && 'sdifjoOc'.includes(letter)) {
        string += first.slice(from, at) + directive(letter, args[used++], options);
        from = at + 2;
        at += 1;
      }
      at = first.indexOf('%', at + 1);
    }
    string += first.slice(from);
  }
  for (let i = used; i < args.length; i++) {
    const value = args[i];
    if (i !== 0) string += ' ';
    if (typeof value === 'string') string += value;
    else if (typeof value === 'number' && options === undefined) string += Object.is(value, -0) ? '-0' : value;
    else string += inspect(value, options);
  }
  return string;
}

function format(...args) {
  return formatAll(undefined, args);
}

function formatWithOptions(options, ...args) {
  require('internal/validators').validateObject(options, 'inspectOptions');
  return formatAll(options, args);
}

module.exports = { format, formatAll, formatWithOptions };
