'use strict';
// The source text of a failed assert(expression), found through the stack.

const REACH = 2000; // how far before the position in the stack the call may begin

// Where the bracket that opens at `open` closes; -1 if it does not.
function closingBracket(source, open) {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    const char = source[i];
    if (char === '(' || char === '[' || char === '{') {
      depth++;
    } else if (char === ')' || char === ']' || char === '}') {
      if (--depth === 0) return i;
    } else if (char === "'" || char === '"' || char === '`') {
      i = skipString(source, i);
    } else if (char === '/') {
      i = skipSlash(source, i);
    }
  }
  return -1;
}

function skipString(source, start) {
  const mark = source[start];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === mark) return i;
    else if (mark === '`' && source[i] === '$' && source[i + 1] === '{') i = closingBracket(source, i + 1);
  }
  return source.length;
}

// A comment, a regular expression, or a division.
function skipSlash(source, start) {
  const rest = source.slice(start);
  const comment = /^\/\/[^\n]*|^\/\*[^]*?\*\//.exec(rest);
  if (comment !== null) return start + comment[0].length - 1;
  if (!/[(,=:[!&|?{};+\-*%<>~^]\s*$|^\s*$/.test(source.slice(Math.max(0, start - 20), start))) return start;
  const regExp = /^\/(?:\\.|\[(?:\\.|[^\]\n\\])*\]|[^/\n\\[])+\/[a-z]*/.exec(rest);
  return regExp === null ? start : start + regExp[0].length - 1;
}

// The innermost call around `offset`, of an assertion if there is one.
function callAround(source, offset, names) {
  const call = /[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*\s*\(/g;
  call.lastIndex = Math.max(0, offset - REACH);
  let best;
  for (let match = call.exec(source); match !== null && match.index <= offset; match = call.exec(source)) {
    const end = closingBracket(source, match.index + match[0].length - 1);
    call.lastIndex = match.index + match[0].length;
    if (end < offset) continue;
    const name = /([\w$]+)\s*\($/.exec(match[0])[1];
    if (names.includes(name)) best = { start: match.index, end };
  }
  return best;
}

function callSite(fn) {
  const holder = {};
  Error.captureStackTrace(holder, fn);
  for (const frame of String(holder.stack).split('\n')) {
    const place = /\(?(?:file:\/\/)?(\/[^()]*):(\d+):(\d+)\)?$/.exec(frame);
    if (place !== null) return { file: place[1], line: Number(place[2]), column: Number(place[3]) };
    if (/^\s+at /.test(frame)) return undefined;
  }
  return undefined;
}

/** The message of assert(value) without one of its own; undefined where the source can't be read. */
function falsyMessage(fn) {
  const site = callSite(fn);
  if (site === undefined) return undefined;
  let source;
  try {
    source = require('fs').readFileSync(site.file, 'utf8');
  } catch {
    return undefined;
  }
  let lineStart = 0;
  for (let line = 1; line < site.line; line++) {
    lineStart = source.indexOf('\n', lineStart) + 1;
    if (lineStart === 0) return undefined;
  }
  const call = callAround(source, lineStart + site.column - 1, ['assert', 'ok', 'strict']);
  if (call === undefined) return undefined;
  const column = call.start - (source.lastIndexOf('\n', call.start) + 1);
  const indent = new RegExp(`^[ \\t]{0,${column}}`);
  const lines = source.slice(call.start, call.end + 1).split('\n')
    .map((line, i) => (i === 0 ? line : line.replace(indent, '')));
  return `The expression evaluated to a falsy value:\n\n  ${lines.join('\n  ')}\n`;
}

module.exports = { falsyMessage };
