'use strict';
// util.inspect: a value as the text that Node 20 prints for it.

const binding = internalBinding('util');
const types = require('internal/util/types');
const text = require('internal/util/text');

const { quote, escapeControls, stringWidth } = text;
const { classOf, typedArrayName } = types;

const custom = Symbol.for('nodejs.util.inspect.custom');

const defaultOptions = Object.seal({
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
});

// How a property is written: `key: value`, a bare array element, or a property behind the elements.
const OBJECT = 0;
const ELEMENT = 1;
const ARRAY_EXTRA = 2;

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const isEnumerable = (object, key) => Object.prototype.propertyIsEnumerable.call(object, key);
const plural = (count) => (count === 1 ? '' : 's');
const indexKey = /^(?:0|[1-9][0-9]*)$/;
const isIndex = (key) => indexKey.test(key) && Number(key) < 4294967295;

let builtins;

function isBuiltin(name) {
  builtins ??= new Set((
    'Object Function Array Number Boolean String Symbol Date Promise RegExp Error AggregateError EvalError ' +
    'RangeError ReferenceError SyntaxError TypeError URIError ArrayBuffer Uint8Array Int8Array Uint16Array ' +
    'Int16Array Uint32Array Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array ' +
    'DataView Map BigInt Set WeakMap WeakSet WeakRef Proxy FinalizationRegistry SharedArrayBuffer Iterator'
  ).split(' '));
  return builtins.has(name);
}

function plainStyle(string) {
  return string;
}

function colorStyle(string, style) {
  const color = inspect.colors[inspect.styles[style]];
  return color === undefined ? string : `\u001b[${color[0]}m${string}\u001b[${color[1]}m`;
}

function stackOverflowed(error) {
  return (error instanceof RangeError || error instanceof InternalErrorType()) &&
    /stack/i.test(error.message);
}

// QuickJS throws an InternalError where V8 throws a RangeError.
function InternalErrorType() {
  return typeof InternalError === 'function' ? InternalError : RangeError;
}

// ---- Names ----

// Whether the constructor made the object, as far as instanceof can tell without throwing.
function isInstance(object, constructor) {
  try {
    return object instanceof constructor;
  } catch {
    return false;
  }
}

// What stands before the opening brace: `Foo(2) [Tag] `, or for no prototype `[Foo(2): null prototype] `.
function prefix(constructor, tag, fallback, size = '') {
  if (constructor === null) {
    return `[${fallback}${size}: null prototype] ${tag !== '' && tag !== fallback ? `[${tag}] ` : ''}`;
  }
  return `${constructor}${size} ${tag !== '' && tag !== constructor ? `[${tag}] ` : ''}`;
}

const classHead = /^(\s+[^(]*?)\s*\{/;
const comments = /(\/\/.*?\n)|(\/\*(.|\n)*?\*\/)/g;

function isClass(source) {
  if (!source.startsWith('class') || !source.endsWith('}')) return false;
  const body = source.slice(5, -1);
  const brace = body.indexOf('{');
  return brace !== -1 &&
    (!body.slice(0, brace).includes('(') || classHead.test(body.replace(comments, '')));
}

function classBase(value, constructor, tag) {
  let base = `class ${(hasOwn(value, 'name') && value.name) || '(anonymous)'}`;
  if (constructor !== 'Function' && constructor !== null) base += ` [${constructor}]`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  if (constructor === null) {
    base += ' extends [null prototype]';
  } else {
    const { name } = Object.getPrototypeOf(value);
    if (name) base += ` extends ${name}`;
  }
  return `[${base}]`;
}

// ---- Layout ----

// Whether the entries fit one line together with `start` further columns.
function fitsLine(ctx, output, start, base) {
  let total = output.length + start;
  if (total + output.length > ctx.breakLength) return false;
  for (const entry of output) {
    total += ctx.colors ? text.stripVTControlCharacters(entry).length : entry.length;
    if (total > ctx.breakLength) return false;
  }
  return base === '' || !base.includes('\n');
}

// Puts many short array elements into aligned columns, about as wide as high.
function groupElements(ctx, output, value) {
  let total = 0;
  let longest = 0;
  const hasMore = ctx.maxArrayLength < output.length; // the last entry tells what was left out
  const count = hasMore ? output.length - 1 : output.length;
  const gap = 2;
  const widths = new Array(count);
  for (let i = 0; i < count; i++) {
    const width = stringWidth(output[i], ctx.colors);
    widths[i] = width;
    total += width + gap;
    if (width > longest) longest = width;
  }
  const cell = longest + gap;
  if (cell * 3 + ctx.indentationLvl >= ctx.breakLength) return output;
  if (total / cell <= 5 && longest > 6) return output;

  const bias = Math.sqrt(cell - total / output.length);
  const biasedCell = Math.max(cell - 3 - bias, 1);
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * biasedCell * count) / biasedCell),
    Math.floor((ctx.breakLength - ctx.indentationLvl) / cell),
    ctx.compact * 4,
    15,
  );
  if (columns <= 1) return output;

  const columnWidths = [];
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let i = column; i < count; i += columns) width = Math.max(width, widths[i]);
    columnWidths.push(width + gap);
  }
  let alignRight = true;
  if (value !== undefined) {
    for (let i = 0; i < output.length && alignRight; i++) {
      alignRight = typeof value[i] === 'number' || typeof value[i] === 'bigint';
    }
  }
  const rows = [];
  for (let start = 0; start < count; start += columns) {
    const last = Math.min(start + columns, count) - 1;
    let row = '';
    for (let i = start; i < last; i++) {
      const space = ' '.repeat(columnWidths[i - start] - widths[i] - gap);
      row += alignRight ? `${space}${output[i]}, ` : `${output[i]}, ${space}`;
    }
    if (alignRight) row += ' '.repeat(columnWidths[last - start] - gap - widths[last]);
    rows.push(row + output[last]);
  }
  if (hasMore) rows.push(output[count]);
  return rows;
}

// Joins the parts of one object: on one line if it is short and shallow enough, else one entry a line.
function layOut(ctx, output, base, braces, kind, depth, value) {
  const indent = `\n${' '.repeat(ctx.indentationLvl)}`;
  if (ctx.compact === true) {
    const head = base ? ` ${base}` : '';
    if (fitsLine(ctx, output, 0, base)) return `${braces[0]}${head} ${output.join(', ')} ${braces[1]}`;
    const start = base === '' && braces[0].length === 1 ? ' ' : `${head}${indent}  `;
    return `${braces[0]}${start}${output.join(`,${indent}  `)} ${braces[1]}`;
  }
  const head = base ? `${base} ` : '';
  if (typeof ctx.compact === 'number' && ctx.compact >= 1) {
    const entries = output.length;
    if (kind === ARRAY_EXTRA && entries > 6) output = groupElements(ctx, output, value);
    if (ctx.currentDepth - depth < ctx.compact && entries === output.length) {
      const start = output.length + ctx.indentationLvl + braces[0].length + base.length + 10;
      if (fitsLine(ctx, output, start, base)) {
        const line = output.join(', ');
        if (!line.includes('\n')) return `${head}${braces[0]} ${line} ${braces[1]}`;
      }
    }
  }
  return `${head}${braces[0]}${indent}  ${output.join(`,${indent}  `)}${indent}${braces[1]}`;
}

// ---- Primitives ----

function separateThousands(digits) {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, '_');
}

function numberText(stylize, number, separator) {
  if (!separator) return stylize(Object.is(number, -0) ? '-0' : `${number}`, 'number');
  const string = String(number);
  const whole = Math.trunc(number);
  if (whole === number) {
    return stylize(!Number.isFinite(number) || string.includes('e') ? string : separateThousands(string), 'number');
  }
  if (Number.isNaN(number)) return stylize(string, 'number');
  const [left, right] = string.split('.');
  return stylize(`${separateThousands(left)}.${right.replace(/(\d{3})(?=\d)/g, '$1_')}`, 'number');
}

function bigintText(stylize, bigint, separator) {
  return stylize(`${separator ? separateThousands(String(bigint)) : bigint}n`, 'bigint');
}

function primitiveText(stylize, value, ctx) {
  switch (typeof value) {
    case 'string': {
      let more = '';
      if (value.length > ctx.maxStringLength) {
        const left = value.length - ctx.maxStringLength;
        value = value.slice(0, ctx.maxStringLength);
        more = `... ${left} more character${plural(left)}`;
      }
      if (ctx.compact !== true && value.length > 16 &&
          value.length > ctx.breakLength - ctx.indentationLvl - 4 && value.includes('\n')) {
        return value.split(/(?<=\n)/).map((line) => stylize(quote(line), 'string'))
          .join(` +\n${' '.repeat(ctx.indentationLvl + 2)}`) + more;
      }
      return stylize(quote(value), 'string') + more;
    }
    case 'number': return numberText(stylize, value, ctx.numericSeparator);
    case 'bigint': return bigintText(stylize, value, ctx.numericSeparator);
    case 'boolean': return stylize(`${value}`, 'boolean');
    case 'undefined': return stylize('undefined', 'undefined');
    default: return stylize(Symbol.prototype.toString.call(value), 'symbol');
  }
}

// ---- Objects ----

// The name of the constructor that the prototype chain leads to; null without a prototype.
// `hidden` collects what showHidden prints of the classes on the way.
function constructorName(object, ctx, depth, hidden) {
  if (hidden === undefined) {
    const prototype = Object.getPrototypeOf(object);
    if (prototype === Object.prototype && prototype.constructor === Object && !hasOwn(object, 'constructor')) {
      return 'Object';
    }
    if (prototype === Array.prototype && prototype.constructor === Array && !hasOwn(object, 'constructor')) {
      return 'Array';
    }
  }
  let firstPrototype;
  const start = object;
  while (object) {
    const descriptor = Object.getOwnPropertyDescriptor(object, 'constructor');
    if (descriptor !== undefined && typeof descriptor.value === 'function' && descriptor.value.name !== '' &&
        isInstance(start, descriptor.value)) {
      if (hidden !== undefined && (firstPrototype !== object || !isBuiltin(descriptor.value.name))) {
        addPrototypeProperties(ctx, start, firstPrototype || start, depth, hidden);
      }
      return String(descriptor.value.name);
    }
    object = Object.getPrototypeOf(object);
    if (firstPrototype === undefined) firstPrototype = object;
  }
  if (firstPrototype === null) return null;

  const name = engineName(start);
  if (ctx.depth !== null && depth > ctx.depth) return `${name} <Complex prototype>`;
  const prototypeName = constructorName(firstPrototype, ctx, depth + 1, hidden);
  if (prototypeName !== null) return `${name} <${prototypeName}>`;
  return `${name} <${inspect(firstPrototype, { ...customOptions(ctx), customInspect: false, depth: -1 })}>`;
}

// Getters and values that the object has from its own classes, up to three prototypes away.
function addPrototypeProperties(ctx, main, object, depth, output) {
  const seen = new Set();
  let keys = [];
  for (let level = 0; level < 3; level++) {
    if (level !== 0 || main === object) {
      object = Object.getPrototypeOf(object);
      if (object === null) return;
      const descriptor = Object.getOwnPropertyDescriptor(object, 'constructor');
      if (descriptor !== undefined && typeof descriptor.value === 'function' &&
          isBuiltin(descriptor.value.name)) return;
    }
    for (const key of keys) seen.add(key);
    keys = Reflect.ownKeys(object);
    ctx.seen.push(main);
    for (const key of keys) {
      if (key === 'constructor' || hasOwn(main, key) || seen.has(key)) continue;
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      if (typeof descriptor.value === 'function') continue;
      const property = formatProperty(ctx, object, depth, key, OBJECT, descriptor, main);
      output.push(ctx.colors ? `\u001b[2m${property}\u001b[22m` : property);
    }
    ctx.seen.pop();
  }
}

function ownKeys(value, showHidden) {
  const symbols = Object.getOwnPropertySymbols(value);
  if (showHidden) return [...Object.getOwnPropertyNames(value), ...symbols];
  let keys;
  try {
    keys = Object.keys(value);
  } catch {
    keys = Object.getOwnPropertyNames(value); // a module with a binding that has no value yet
  }
  for (const symbol of symbols) {
    if (isEnumerable(value, symbol)) keys.push(symbol);
  }
  return keys;
}

// The keys behind the elements. Index keys come first in every ordinary object's own keys.
function nonIndexKeys(value, length, showHidden) {
  const names = showHidden ? Object.getOwnPropertyNames(value) : Object.keys(value);
  let first = 0;
  if (names.length !== 0 && isIndex(names[0])) {
    first = Math.min(names.length, length);
    while (first > 0 && !isIndex(names[first - 1])) first--;
  }
  const keys = names.slice(first);
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (showHidden || isEnumerable(value, symbol)) keys.push(symbol);
  }
  return keys;
}

function circularReference(ctx, value) {
  ctx.circular ??= new Map();
  let index = ctx.circular.get(value);
  if (index === undefined) {
    index = ctx.circular.size + 1;
    ctx.circular.set(value, index);
  }
  return ctx.stylize(`[Circular *${index}]`, 'special');
}

function formatValue(ctx, value, depth, inTypedArray) {
  if (value === null) return ctx.stylize('null', 'null');
  if (typeof value !== 'object' && typeof value !== 'function') return primitiveText(ctx.stylize, value, ctx);

  const receiver = value;
  let details = proxyDetails(value);
  if (details !== undefined) {
    if (ctx.showProxy && details[0] !== null) return formatProxy(ctx, details, depth);
    while (details !== undefined) {
      value = details[0];
      if (value === null) return ctx.stylize('<Revoked Proxy>', 'special');
      details = proxyDetails(value);
    }
  }

  if (ctx.customInspect) {
    const method = value[custom];
    if (typeof method === 'function' && method !== inspect &&
        // The class's own prototype object has the method too, but is no instance.
        !(value.constructor && value.constructor.prototype === value)) {
      const left = ctx.depth === null ? null : ctx.depth - depth;
      const result = method.call(receiver, left, customOptions(ctx), inspect);
      if (result !== receiver) {
        const string = typeof result === 'object' && result !== null ?
          formatValue(ctx, result, depth) : String(result);
        return string.replaceAll('\n', `\n${' '.repeat(ctx.indentationLvl)}`);
      }
    }
  }

  if (ctx.seen.includes(value)) return circularReference(ctx, value);
  return formatObject(ctx, value, depth, inTypedArray);
}

// [target, handler] of a proxy, [null, null] of a revoked one, undefined of anything else.
function proxyDetails(value) {
  if (typeof binding.proxyDetails !== 'function') return undefined;
  try {
    return binding.proxyDetails(value);
  } catch {
    return [null, null];
  }
}

function customOptions(ctx) {
  const options = { ...ctx.userOptions, stylize: ctx.stylize };
  for (const key of Object.keys(defaultOptions)) {
    if (!hasOwn(options, key)) options[key] = ctx[key];
  }
  return options;
}

function formatProxy(ctx, details, depth) {
  if (ctx.depth !== null && depth > ctx.depth) return ctx.stylize('Proxy [Array]', 'special');
  depth += 1;
  ctx.indentationLvl += 2;
  const output = [formatValue(ctx, details[0], depth), formatValue(ctx, details[1], depth)];
  ctx.indentationLvl -= 2;
  return layOut(ctx, output, '', ['Proxy [', ']'], ARRAY_EXTRA, depth);
}

// What is particular to an object's class. `text` is the whole answer; otherwise `base` stands before
// the braces, `entries` gives what comes before the properties named by `keys`.
function describe(ctx, value, depth, constructor, tag, hidden, inTypedArray) {
  const kind = OBJECT;
  const pre = (fallback, size) => prefix(constructor, tag, fallback, size);

  if (Array.isArray(value)) {
    const start = constructor !== 'Array' || tag !== '' ? pre('Array', `(${value.length})`) : '';
    const keys = nonIndexKeys(value, value.length, ctx.showHidden);
    if (value.length === 0 && keys.length === 0 && hidden === undefined) return { text: `${start}[]` };
    return { braces: [`${start}[`, ']'], keys, kind: ARRAY_EXTRA, entries: arrayEntries };
  }

  const typed = ArrayBuffer.isView(value) ? typedArrayName(value) : undefined;
  if (typed !== undefined) {
    const length = typedArrayLength(value);
    const start = pre(typed, `(${length})`);
    const keys = nonIndexKeys(value, length, ctx.showHidden);
    if (length === 0 && keys.length === 0 && !ctx.showHidden) return { text: `${start}[]` };
    return { braces: [`${start}[`, ']'], keys, kind: ARRAY_EXTRA, entries: typedArrayEntries };
  }

  const keys = ownKeys(value, ctx.showHidden);
  const bare = keys.length === 0 && hidden === undefined;
  const name = classOf(value);

  if (typeof value === 'function') {
    const base = functionBase(ctx, value, name, constructor, tag);
    return bare ? { text: ctx.stylize(base, 'special') } : { braces: ['{', '}'], keys, kind, base };
  }

  switch (name) {
    case 'Set':
    case 'Map': {
      const size = (name === 'Set' ? setSize : mapSize).call(value);
      const start = pre(name, `(${size})`);
      if (size === 0 && bare) return { text: `${start}{}` };
      return { braces: [`${start}{`, '}'], keys, kind, entries: name === 'Set' ? setEntries : mapEntries };
    }
    case 'MapIterator':
    case 'SetIterator': {
      const type = `${name.slice(0, 3)} Iterator`;
      const label = tag !== '' && tag !== type ? `${tag}] [${type}` : type;
      const preview = require('internal/util/iterator_preview').previewIterator(value, name);
      const heading = preview.isEntries ? label.replace(/Iterator$/, 'Entries') : label;
      return { braces: [`[${heading}] {`, '}'], keys, kind, entries: iteratorEntries(preview) };
    }
    case 'RegExp': {
      const source = RegExp.prototype.toString.call(constructor === null ? new RegExp(value) : value);
      const start = pre('RegExp');
      const base = start === 'RegExp ' ? source : start + source;
      if (bare || (ctx.depth !== null && depth > ctx.depth)) return { text: ctx.stylize(base, 'regexp') };
      return { braces: ['{', '}'], keys, kind, base };
    }
    case 'Date': {
      const time = Date.prototype.getTime.call(value);
      const string = Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value);
      const start = pre('Date');
      const base = start === 'Date ' ? string : start + string;
      return bare ? { text: ctx.stylize(base, 'date') } : { braces: ['{', '}'], keys, kind, base };
    }
    case 'ArrayBuffer':
    case 'SharedArrayBuffer': {
      const start = pre(name);
      if (inTypedArray && bare) {
        return { text: `${start}{ byteLength: ${numberText(ctx.stylize, value.byteLength, false)} }` };
      }
      keys.unshift('byteLength');
      return { braces: [`${start}{`, '}'], keys, kind, entries: inTypedArray ? undefined : bufferEntries };
    }
    case 'DataView':
      keys.unshift('byteLength', 'byteOffset', 'buffer');
      return { braces: [`${pre('DataView')}{`, '}'], keys, kind };
    case 'Promise':
      return { braces: [`${pre('Promise')}{`, '}'], keys, kind, entries: promiseEntries };
    case 'WeakSet':
    case 'WeakMap':
      return { braces: [`${pre(name)}{`, '}'], keys, kind, entries: unknownEntries };
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
    case 'Symbol': {
      const base = boxedBase(ctx, value, name, keys, constructor, tag);
      return keys.length === 0 && hidden === undefined ? { text: base } : { braces: ['{', '}'], keys, kind, base };
    }
    case 'Arguments':
      if (constructor === 'Object') {
        return bare ? { text: '[Arguments] {}' } : { braces: ['[Arguments] {', '}'], keys, kind };
      }
      break;
    case 'Error':
      return errorShape(ctx, value, keys, hidden, constructor, tag);
    default:
      if (constructor !== 'Object' && isErrorLike(value)) {
        return errorShape(ctx, value, keys, hidden, constructor, tag);
      }
      if (types.isModuleNamespaceObject(value)) {
        return { braces: [`${pre('Module')}{`, '}'], keys: [], kind, entries: moduleEntries(keys) };
      }
  }
  const start = constructor === 'Object' && tag === '' ? '' : pre(engineName(value));
  return bare ? { text: `${start}{}` } : { braces: [`${start}{`, '}'], keys, kind };
}

// The engine's own name for an object whose constructor can't be found.
function engineName(value) {
  if (typeof value === 'function') return 'Function';
  const name = Array.isArray(value) ? 'Array' : classOf(value) ?? typedArrayName(value);
  if (name !== undefined) return name;
  const tag = value[Symbol.toStringTag];
  const isTold = typeof tag === 'string' && tag !== '' &&
    (!hasOwn(value, Symbol.toStringTag) || isEnumerable(value, Symbol.toStringTag));
  return isTold ? tag : 'Object';
}

function errorShape(ctx, value, keys, hidden, constructor, tag) {
  const base = require('internal/util/inspect_error').errorBase(errorTools, ctx, value, keys, constructor, tag);
  return keys.length === 0 && hidden === undefined ? { text: base } : { braces: ['{', '}'], keys, kind: OBJECT, base };
}

// An object with Error.prototype in its chain counts as an error, as in Node.
function isErrorLike(value) {
  return isInstance(value, Error);
}

function formatObject(ctx, value, depth, inTypedArray) {
  const hidden = ctx.showHidden && (ctx.depth === null || depth <= ctx.depth) ? [] : undefined;
  const constructor = constructorName(value, ctx, depth, hidden);
  let tag = value[Symbol.toStringTag];
  // A tag among the printed properties is not told twice.
  if (typeof tag !== 'string' ||
      (tag !== '' && (ctx.showHidden ? hasOwn : isEnumerable)(value, Symbol.toStringTag))) tag = '';
  const collected = hidden !== undefined && hidden.length === 0 ? undefined : hidden;
  const shape = describe(ctx, value, depth, constructor, tag, collected, inTypedArray);
  if (shape.text !== undefined) return shape.text;

  if (ctx.depth !== null && depth > ctx.depth) {
    const name = prefix(constructor, tag, engineName(value)).slice(0, -1);
    return ctx.stylize(constructor === null ? name : `[${name}]`, 'special');
  }
  depth += 1;
  ctx.seen.push(value);
  ctx.currentDepth = depth;
  const { braces, keys, kind } = shape;
  let { base = '' } = shape;
  let output;
  const indentation = ctx.indentationLvl;
  try {
    output = shape.entries === undefined ? [] : shape.entries(ctx, value, depth);
    for (const key of keys) output.push(formatProperty(ctx, value, depth, key, kind));
    if (collected !== undefined) output.push(...collected);
  } catch (error) {
    if (!stackOverflowed(error)) throw error;
    ctx.seen.pop();
    ctx.indentationLvl = indentation;
    const name = prefix(constructor, tag, 'Object').slice(0, -1);
    return ctx.stylize(
      `[${name}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`, 'special');
  }
  if (ctx.circular !== undefined) {
    const index = ctx.circular.get(value);
    if (index !== undefined) {
      const reference = ctx.stylize(`<ref *${index}>`, 'special');
      if (ctx.compact === true) braces[0] = `${reference} ${braces[0]}`;
      else base = base === '' ? reference : `${reference} ${base}`;
    }
  }
  ctx.seen.pop();
  if (ctx.sorted) sortEntries(ctx, output, kind, keys.length);

  const result = layOut(ctx, output, base, braces, kind, depth, value);
  // Objects that multiply without end stop at 128 MiB of text: from there on only names are printed.
  const size = (ctx.budget[ctx.indentationLvl] || 0) + result.length;
  ctx.budget[ctx.indentationLvl] = size;
  if (size > 2 ** 27) ctx.depth = -1;
  return result;
}

function sortEntries(ctx, output, kind, count) {
  const order = ctx.sorted === true ? undefined : ctx.sorted;
  if (kind === OBJECT) {
    output.sort(order);
  } else if (count > 1) {
    output.push(...output.splice(output.length - count, count).sort(order));
  }
}

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get;
const lengthOfTyped = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length').get;
const typedArrayLength = (value) => lengthOfTyped.call(value);

function functionBase(ctx, value, className, constructor, tag) {
  const source = Function.prototype.toString.call(value);
  if (isClass(source)) return classBase(value, constructor, tag);
  const type = className === undefined ? 'Function' : className;
  let base = `[${type}`;
  if (constructor === null) base += ' (null prototype)';
  const { name } = value;
  if (name === '') base += ' (anonymous)';
  else base += `: ${typeof name === 'string' ? name : formatValue(ctx, name)}`;
  base += ']';
  if (constructor !== type && constructor !== null) base += ` ${constructor}`;
  if (tag !== '' && constructor !== tag) base += ` [${tag}]`;
  return base;
}

const boxes = { Number, String, Boolean, BigInt, Symbol };

function boxedBase(ctx, value, name, keys, constructor, tag) {
  const primitive = boxes[name].prototype.valueOf.call(value);
  // Characters are indexed properties of a string; they are not printed again.
  if (name === 'String') keys.splice(0, primitive.length);
  let base = `[${name}`;
  if (constructor === null) base += ' (null prototype)';
  else if (name !== constructor) base += ` (${constructor})`;
  base += `: ${primitiveText(plainStyle, primitive, ctx)}]`;
  if (tag !== '' && tag !== constructor) base += ` [${tag}]`;
  if (keys.length !== 0 || ctx.stylize === plainStyle) return base;
  return ctx.stylize(base, name.toLowerCase());
}

// ---- Entries ----

const moreItems = (count) => `... ${count} more item${plural(count)}`;
const limitOf = (ctx, length) => Math.min(Math.max(0, ctx.maxArrayLength), length);

function arrayEntries(ctx, value, depth) {
  const length = value.length;
  const limit = limitOf(ctx, length);
  const output = [];
  for (let i = 0; i < limit; i++) {
    if (!hasOwn(value, i)) return sparseEntries(ctx, value, depth, limit, output, i);
    output.push(formatProperty(ctx, value, depth, i, ELEMENT));
  }
  if (length > limit) output.push(moreItems(length - limit));
  return output;
}

// Continues behind the first hole, at index `at`: a run of holes is one entry.
function sparseEntries(ctx, value, depth, limit, output, at) {
  const hole = (count) => output.push(ctx.stylize(`<${count} empty item${plural(count)}>`, 'undefined'));
  for (const key of Object.keys(value)) {
    if (!isIndex(key)) break;
    const index = Number(key);
    if (index < at) continue;
    if (output.length >= limit) break;
    if (index > at) {
      hole(index - at);
      at = index;
      if (output.length >= limit) break;
    }
    output.push(formatProperty(ctx, value, depth, key, ELEMENT));
    at = index + 1;
  }
  const left = value.length - at;
  if (left > 0) {
    if (output.length < limit) hole(left);
    else output.push(moreItems(left));
  }
  return output;
}

function typedArrayEntries(ctx, value, depth) {
  const length = typedArrayLength(value);
  const limit = limitOf(ctx, length);
  const format = length > 0 && typeof value[0] === 'bigint' ? bigintText : numberText;
  const output = new Array(limit);
  for (let i = 0; i < limit; i++) output[i] = format(ctx.stylize, value[i], ctx.numericSeparator);
  if (length > limit) output.push(moreItems(length - limit));
  if (ctx.showHidden) {
    ctx.indentationLvl += 2;
    for (const key of ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer']) {
      output.push(`[${key}]: ${formatValue(ctx, value[key], depth, true)}`);
    }
    ctx.indentationLvl -= 2;
  }
  return output;
}

function bufferEntries(ctx, value) {
  let bytes;
  try {
    bytes = new Uint8Array(value);
  } catch {
    return [ctx.stylize('(detached)', 'special')];
  }
  const limit = limitOf(ctx, bytes.length);
  let string = '';
  for (let i = 0; i < limit; i++) string += `${i ? ' ' : ''}${bytes[i] < 16 ? '0' : ''}${bytes[i].toString(16)}`;
  const left = bytes.length - limit;
  if (left > 0) string += ` ... ${left} more byte${plural(left)}`;
  return [`${ctx.stylize('[Uint8Contents]', 'special')}: <${string}>`];
}

function collectionEntries(ctx, size, iterator, format) {
  const limit = limitOf(ctx, size);
  const output = [];
  ctx.indentationLvl += 2;
  for (let i = 0; i < limit; i++) output.push(format(iterator.next().value));
  if (size > limit) output.push(moreItems(size - limit));
  ctx.indentationLvl -= 2;
  return output;
}

function setEntries(ctx, value, depth) {
  return collectionEntries(ctx, setSize.call(value), Set.prototype.values.call(value),
    (item) => formatValue(ctx, item, depth));
}

function mapEntries(ctx, value, depth) {
  return collectionEntries(ctx, mapSize.call(value), Map.prototype.entries.call(value),
    ([key, item]) => `${formatValue(ctx, key, depth)} => ${formatValue(ctx, item, depth)}`);
}

function iteratorEntries({ items, isEntries }) {
  return (ctx, value, depth) => collectionEntries(ctx, items.length, items.values(), (item) => {
    if (!isEntries) return formatValue(ctx, item, depth);
    const pair = item.map((part) => formatValue(ctx, part, depth));
    return layOut(ctx, pair, '', ['[', ']'], ARRAY_EXTRA, depth);
  });
}

// The engine does not let anyone look into these.
function unknownEntries(ctx) {
  return [ctx.stylize('<items unknown>', 'special')];
}

function promiseEntries(ctx, value, depth) {
  const [state, result] = types.promiseState(value);
  if (state === 'unknown') return [ctx.stylize('<state unknown>', 'special')];
  if (state === 'pending') return [ctx.stylize('<pending>', 'special')];
  ctx.indentationLvl += 2;
  const string = formatValue(ctx, result, depth);
  ctx.indentationLvl -= 2;
  return [state === 'rejected' ? `${ctx.stylize('<rejected>', 'special')} ${string}` : string];
}

function moduleEntries(keys) {
  return (ctx, value, depth) => keys.map((key) => {
    try {
      return formatProperty(ctx, value, depth, key, OBJECT);
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      const name = formatProperty(ctx, { [key]: '' }, depth, key, OBJECT);
      return `${name.slice(0, name.lastIndexOf(' ') + 1)}${ctx.stylize('<uninitialized>', 'special')}`;
    }
  });
}

// ---- Properties ----

function getterText(ctx, descriptor, depth, receiver) {
  const label = descriptor.set !== undefined ? 'Getter/Setter' : 'Getter';
  const special = (string) => ctx.stylize(string, 'special');
  const wanted = ctx.getters === true || (ctx.getters === 'get' && descriptor.set === undefined) ||
    (ctx.getters === 'set' && descriptor.set !== undefined);
  if (!wanted) return special(`[${label}]`);
  try {
    const value = descriptor.get.call(receiver);
    ctx.indentationLvl += 2;
    let string;
    if (value === null) {
      string = `${special(`[${label}:`)} ${ctx.stylize('null', 'null')}${special(']')}`;
    } else if (typeof value === 'object') {
      string = `${special(`[${label}]`)} ${formatValue(ctx, value, depth)}`;
    } else {
      string = `${special(`[${label}:`)} ${primitiveText(ctx.stylize, value, ctx)}${special(']')}`;
    }
    ctx.indentationLvl -= 2;
    return string;
  } catch (error) {
    return `${special(`[${label}:`)} <Inspection threw (${error.message})>${special(']')}`;
  }
}

const identifier = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

function keyText(ctx, key, enumerable) {
  if (typeof key === 'symbol') {
    return `[${ctx.stylize(escapeControls(Symbol.prototype.toString.call(key)), 'symbol')}]`;
  }
  if (key === '__proto__') return "['__proto__']";
  if (!enumerable) return `[${escapeControls(key)}]`;
  if (identifier.test(key)) return ctx.stylize(key, 'name');
  return ctx.stylize(quote(key), 'string');
}

function formatProperty(ctx, value, depth, key, kind, descriptor, receiver = value) {
  descriptor ??= Object.getOwnPropertyDescriptor(value, key) ||
    { value: value[key], configurable: true, enumerable: true };
  let string;
  let gap = ' ';
  if (descriptor.value !== undefined) {
    const indent = ctx.compact !== true || kind !== OBJECT ? 2 : 3;
    ctx.indentationLvl += indent;
    string = formatValue(ctx, descriptor.value, depth);
    if (indent === 3 && ctx.breakLength < stringWidth(string, ctx.colors)) {
      gap = `\n${' '.repeat(ctx.indentationLvl)}`;
    }
    ctx.indentationLvl -= indent;
  } else if (descriptor.get !== undefined) {
    string = getterText(ctx, descriptor, depth, receiver);
  } else if (descriptor.set !== undefined) {
    string = ctx.stylize('[Setter]', 'special');
  } else {
    string = ctx.stylize('undefined', 'undefined');
  }
  if (kind === ELEMENT) return string;
  return `${keyText(ctx, key, descriptor.enumerable)}:${gap}${string}`;
}

const errorTools = { hasOwn, isErrorLike };

/** util.inspect(value, options), or the older inspect(value, showHidden, depth, colors). */
function inspect(value, options) {
  // What one call has to remember on its way through the value; its options inherit the defaults.
  const ctx = {
    __proto__: defaultOptions,
    budget: {}, // characters written so far, by indentation
    indentationLvl: 0,
    seen: [],
    currentDepth: 0,
    stylize: plainStyle,
    circular: undefined,
    userOptions: undefined,
  };
  if (arguments.length > 2) {
    if (arguments[2] !== undefined) ctx.depth = arguments[2];
    if (arguments.length > 3 && arguments[3] !== undefined) ctx.colors = arguments[3];
  }
  if (typeof options === 'boolean') {
    ctx.showHidden = options;
  } else if (options) {
    for (const key of Object.keys(options)) {
      if (hasOwn(defaultOptions, key) || key === 'stylize') ctx[key] = options[key];
      else if (ctx.userOptions === undefined) ctx.userOptions = options;
    }
  }
  if (ctx.colors) ctx.stylize = colorStyle;
  if (ctx.maxArrayLength === null) ctx.maxArrayLength = Infinity;
  if (ctx.maxStringLength === null) ctx.maxStringLength = Infinity;
  return formatValue(ctx, value, 0);
}

inspect.custom = custom;

Object.defineProperty(inspect, 'defaultOptions', {
  get: () => defaultOptions,
  set(options) {
    require('internal/validators').validateObject(options, 'options');
    Object.assign(defaultOptions, options);
  },
});

let colors;

// The SGR codes that switch each style on and off; made when a program first asks.
Object.defineProperty(inspect, 'colors', {
  enumerable: true,
  configurable: true,
  get: () => (colors ??= require('internal/util/colors').sgrCodes()),
  set(value) { colors = value; },
});

inspect.styles = Object.assign(Object.create(null), {
  special: 'cyan',
  number: 'yellow',
  bigint: 'yellow',
  boolean: 'yellow',
  undefined: 'grey',
  null: 'bold',
  string: 'green',
  symbol: 'green',
  date: 'magenta',
  regexp: 'red',
  module: 'underline',
});

// ---- Format strings ----

// Whether %s may leave the object to inspect: it has no toString that a program wrote.
function hasBuiltinToString(value) {
  let details;
  while ((details = proxyDetails(value)) !== undefined) {
    if (details[0] === null) return true;
    value = details[0];
  }
  if (typeof value[Symbol.toPrimitive] === 'function' && classOf(value) !== 'Date') return false;
  if (typeof value.toString !== 'function') return true;
  if (hasOwn(value, 'toString')) return false;
  let owner = value;
  do {
    owner = Object.getPrototypeOf(owner);
  } while (!hasOwn(owner, 'toString'));
  const descriptor = Object.getOwnPropertyDescriptor(owner, 'constructor');
  return descriptor !== undefined && typeof descriptor.value === 'function' && isBuiltin(descriptor.value.name);
}

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
    if (typeof value === 'bigint') return bigintText(plainStyle, value, separator);
    return numberText(plainStyle, typeof value === 'symbol' ? NaN : convert(value), separator);
  };
  switch (letter) {
    case 's':
      if (typeof value === 'number') return numberText(plainStyle, value, separator);
      if (typeof value === 'bigint') return bigintText(plainStyle, value, separator);
      if (typeof value !== 'object' || value === null || !hasBuiltinToString(value)) return String(value);
      return inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
    case 'd': return number(Number);
    case 'i': return number(Number.parseInt);
    case 'f': return typeof value === 'bigint' ? numberText(plainStyle, Number(value), separator) : number(Number.parseFloat);
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

module.exports = {
  inspect,
  format,
  formatWithOptions,
  formatAll,
  stripVTControlCharacters: text.stripVTControlCharacters,
  stringWidth,
};
