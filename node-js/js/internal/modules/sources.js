'use strict';

// Sources of what was loaded, for messages that quote them.

const sources = new Map();

// What stands before a CommonJS module's own text, on its first line.
const WRAPPER = '(function (exports, require, module, __filename, __dirname) {'.length;
const wrapped = new Set();

function add(filename, source, isWrapped) {
  sources.set(filename, source);
  if (isWrapped) wrapped.add(filename);
}

/** A column as the engine counts it, in the text as its author wrote it. */
function column(filename, line, number) {
  return line === 1 && wrapped.has(filename) ? Math.max(1, number - WRAPPER) : number;
}

/** A line, counted from 1, or undefined. */
function line(filename, number) {
  const source = sources.get(filename);
  if (source === undefined) return undefined;
  let start = 0;
  for (let i = 1; i < number; i++) {
    start = source.indexOf('\n', start) + 1;
    if (start === 0) return undefined;
  }
  const end = source.indexOf('\n', start);
  return source.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}

require('internal/messages').setSources({ line, column });

module.exports = { add, column, line };
