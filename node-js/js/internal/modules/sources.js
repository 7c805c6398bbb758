'use strict';

// Sources of what was loaded, for messages that quote them.

const sources = new Map();

function add(filename, source) {
  sources.set(filename, source);
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

require('internal/messages').setSourceLine(line);

module.exports = { add, line };
