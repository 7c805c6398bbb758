'use strict';

// The engine's error messages in V8's words, for programs that print or compare them.

const { apply } = Reflect;
const exec = RegExp.prototype.exec;
const { defineProperty } = Object;

// What the engine calls a thing that is not callable, it does not say; the source at the place of the call does.
let sources = { line: () => undefined, column: (file, line, column) => column };

const exact = new Map([
  ['invalid array length', 'Invalid array length'],
  ['out of memory', 'Array buffer allocation failed'],
  ['cannot convert to object', 'Cannot convert undefined or null to object'],
  ['circular reference', 'Converting circular structure to JSON'],
  ['cannot convert symbol to string', 'Cannot convert a Symbol value to a string'],
  ['cannot convert symbol to number', 'Cannot convert a Symbol value to a number'],
  ['cannot convert bigint to number', 'Cannot convert a BigInt value to a number'],
  ['BigInt are forbidden in JSON.stringify', 'Do not know how to serialize a BigInt'],
  ['bigint are forbidden in JSON.stringify', 'Do not know how to serialize a BigInt'],
  ['Do not know how to serialize a BigInt', 'Do not know how to serialize a BigInt'],
  ['toString() radix must be between 2 and 36', 'toString() radix argument must be between 2 and 36'],
  ['invalid repeat count', 'Invalid count value'],
  ['promise self resolution', 'Chaining cycle detected for promise #<Promise>'],
  ['empty array', 'Reduce of empty array with no initial value'],
  ['Date value is NaN', 'Invalid time value'],
  ['expecting hex digit', 'URI malformed'],
  ['malformed UTF-8', 'URI malformed'],
  ['invalid number of digits', 'toFixed() digits argument must be between 0 and 100'],
  ['cannot invoke a running generator', 'Generator is already running'],
  ['this is not initialized', "Must call super constructor in derived class before accessing 'this' or returning from derived constructor"],
  ['super() called multiple times', 'Super constructor may only be called once'],
  ['could not delete property', 'Cannot delete property of #<Object>'],
  ["invalid 'instanceof' right operand", "Right-hand side of 'instanceof' is not callable"],
]);

const patterns = [
  [/^cannot read property 'Symbol\.iterator' of (undefined|null)$/s, (m, error, site) =>
    `${m[1]} is not iterable${site?.isNative() ? ' (cannot read property Symbol(Symbol.iterator))' : ''}`],
  [/^(.* in JSON at position \d+) \(line \d+ column \d+\)$/s, (m) => m[1]],
  [/^cannot read property '(.*)' of (undefined|null)$/s, (m) => `Cannot read properties of ${m[2]} (reading '${m[1]}')`],
  [/^cannot set property '(.*)' of (undefined|null)$/s, (m) => `Cannot set properties of ${m[2]} (setting '${m[1]}')`],
  [/^'(.*)' is not defined$/s, (m) => `${m[1]} is not defined`],
  [/^'(.*)' is read-only$/s, (m, error, site) => readOnly(m[1], site)],
  [/^cannot access '(.*)' before initialization$/is, (m) => `Cannot access '${m[1]}' before initialization`],
  [/^(.*) is not initialized$/s, (m) => `Cannot access '${m[1]}' before initialization`],
  [/^invalid redefinition of lexical identifier$/, (m, error, site) => redeclared(site)],
  [/^redeclaration of '(.*)'$/s, (m) => `Identifier '${m[1]}' has already been declared`],
  [/^class constructors must be invoked with 'new'$/, (m, error, site) => `Class constructor ${calleeName(site) ?? ''} cannot be invoked without 'new'`],
  [/^not a function$/, (m, error, site, caller) => notAFunction(site, caller)],
  [/^not a constructor$/, (m, error, site) => notAConstructor(site)],
  [/^value is not iterable$/, (m, error, site) => notIterable(site)],
  [/^cannot (mix|convert) bigint.*$/i, () => 'Cannot mix BigInt and other types, use explicit conversions'],
  [/^cannot delete property '(.*)'(?: of .*)?$/s, (m) => `Cannot delete property '${m[1]}' of #<Object>`],
  [/^object is not extensible$/, () => 'Cannot add property, object is not extensible'],
  [/^no setter for property '?(.*?)'?$/s, (m) => `Cannot set property ${m[1]} of #<Object> which has only a getter`],
  [/^must be called with new$/, (m, error, site) => `Class constructor ${calleeName(site) ?? ''} cannot be invoked without 'new'`],
];

/** Rewrites the message of an error that the engine has made. */
function translate(error, sites) {
  const descriptor = Object.getOwnPropertyDescriptor(error, 'message');
  if (descriptor === undefined || typeof descriptor.value !== 'string') return;
  const message = descriptor.value;
  let better = exact.get(message);
  if (better === undefined) {
    for (const [pattern, word] of patterns) {
      const match = apply(exec, pattern, [message]);
      if (match !== null) {
        better = word(match, error, sites[0], sites[1]);
        break;
      }
    }
  }
  if (better !== undefined && better !== message) {
    defineProperty(error, 'message', { value: better, writable: true, enumerable: false, configurable: true });
  }
}

function columnOf(site) {
  return sources.column(site.getFileName(), site.getLineNumber(), site.getColumnNumber());
}

function lineAt(site) {
  if (site === undefined || site.isNative()) return undefined;
  const line = sources.line(site.getFileName(), site.getLineNumber());
  return line === undefined ? undefined : [line, columnOf(site)];
}

const closers = { ')': '(', ']': '[' };

/** Where the bracket opens that closes at `end`, or -1. */
function openingOf(line, end) {
  let depth = 0;
  for (let i = end; i >= 0; i--) {
    if (line[i] === line[end]) depth++;
    else if (line[i] === closers[line[end]] && --depth === 0) return i;
  }
  return -1;
}

/** The text of the expression that ends where a call's arguments begin; arguments inside of it are left out, as V8 does. */
function expressionBefore(line, column) {
  const open = line[column - 1] === '(' ? column - 1 : line.indexOf('(', Math.max(0, column - 1));
  if (open < 0) return undefined;
  let text = '';
  let at = open;
  for (;;) {
    const before = line.slice(0, at).trimEnd();
    const end = before.length - 1;
    if (closers[before[end]] !== undefined) {
      const start = openingOf(before, end);
      if (start < 0) return undefined;
      const isCall = before[end] === ')' && /[\w$\])]\s*$/.test(before.slice(0, start));
      text = (isCall ? '(...)' : before.slice(start)) + text;
      at = start;
      if (before[end] === ')' && !isCall) return text;
      continue;
    }
    const name = /[\w$#]+$/.exec(before);
    if (name === null) return text === '' ? undefined : text;
    text = name[0] + text;
    at = name.index;
    const link = /(\?\.|\.)\s*$/.exec(line.slice(0, at));
    if (link === null) return text;
    text = link[1] + text;
    at = link.index;
  }
}

/** The text of the member expression that begins at a column. */
function expressionAt(line, column) {
  const match = /^[\w$]+(?:\s*\.\s*[\w$]+|\[[^\]]*\])*/.exec(line.slice(column - 1));
  return match === null ? undefined : match[0];
}

function notAFunction(site, caller) {
  if (site?.isNative() && site.getFunctionName() === 'Promise') {
    const at = lineAt(caller);
    const literal = at && /new\s+Promise\(\s*(\d+|null|true|false|'[^']*'|"[^"]*")\s*\)/.exec(at[0]);
    return `Promise resolver ${literal ? literal[1].replace(/^['"]|['"]$/g, '') : 'undefined'} is not a function`;
  }
  const at = lineAt(site);
  if (at === undefined) return undefined;
  const name = expressionBefore(...at) ?? expressionAt(...at);
  return name === undefined ? undefined : `${name} is not a function`;
}

function notAConstructor(site) {
  const at = lineAt(site);
  const match = at && /new\s+([\w$.]+)/.exec(at[0].slice(Math.max(0, at[1] - 5)));
  return match ? `${match[1]} is not a constructor` : undefined;
}

function notIterable(site) {
  const at = lineAt(site);
  const name = at && expressionAt(...at);
  return name ? `${name} is not iterable` : undefined;
}

function calleeName(site) {
  const at = lineAt(site);
  return at && expressionBefore(...at);
}

/** The parser stands behind the name when it finds out. */
function redeclared(site) {
  const at = lineAt(site);
  const name = at && /([\w$]+)\s*$/.exec(at[0].slice(0, at[1] - 1));
  return name ? `Identifier '${name[1]}' has already been declared` : undefined;
}

/** Assigning to a constant and writing a frozen property have one message in the engine. */
function readOnly(name, site) {
  const at = lineAt(site);
  if (at !== undefined && new RegExp(`[.\\]]\\s*${name.replace(/[$]/g, '\\$&')}\\s*(?:[-+*/%&|^]|<<|>>>?|\\*\\*|\\?\\?|&&|\\|\\|)?=`).test(at[0])) {
    return `Cannot assign to read only property '${name}' of object '#<Object>'`;
  }
  return 'Assignment to constant variable.';
}

module.exports = {
  translate,
  columnOf,
  setSources(loaded) { sources = loaded; },
};
