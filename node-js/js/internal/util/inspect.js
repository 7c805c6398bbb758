'use strict';
// util.inspect: a value as the text that Node 20 prints for it.

const types = require('internal/util/types');
const text = require('internal/util/text');
const names = require('internal/util/inspect_names');
const layout = require('internal/util/inspect_layout');

const { quote, escapeControls, stringWidth } = text;
const { classOf, proxyDetails, typedArrayName } = types;
const { engineName, functionBase, isBuiltin, isInstance, prefix } = names;
const { ARRAY_EXTRA, ELEMENT, OBJECT, layOut, numberText, primitiveText } = layout;

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

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const isEnumerable = (object, key) => Object.prototype.propertyIsEnumerable.call(object, key);
const indexKey = /^(?:0|[1-9][0-9]*)$/;
const isIndex = (key) => indexKey.test(key) && Number(key) < 4294967295;

function plainStyle(string) {
  return string;
}

function colorStyle(string, style) {
  const color = inspect.colors[inspect.styles[style]];
  return color === undefined ? string : `\u001b[${color[0]}m${string}\u001b[${color[1]}m`;
}

const stackOverflowed = (error) => error instanceof RangeError && /call stack/.test(error.message);

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

let entries;

// What is particular to an object's class. `text` is the whole answer; otherwise `base` stands before
// the braces, `entries` gives what comes before the properties named by `keys`.
function describe(ctx, value, depth, constructor, tag, hidden, inTypedArray) {
  entries ??= require('internal/util/inspect_entries');
  const kind = OBJECT;
  const pre = (fallback, size) => prefix(constructor, tag, fallback, size);

  if (Array.isArray(value)) {
    const start = constructor !== 'Array' || tag !== '' ? pre('Array', `(${value.length})`) : '';
    const keys = nonIndexKeys(value, value.length, ctx.showHidden);
    if (value.length === 0 && keys.length === 0 && hidden === undefined) return { text: `${start}[]` };
    return { braces: [`${start}[`, ']'], keys, kind: ARRAY_EXTRA, entries: entries.arrayEntries };
  }

  const typed = ArrayBuffer.isView(value) ? typedArrayName(value) : undefined;
  if (typed !== undefined) {
    const length = entries.typedArrayLength(value);
    const start = pre(typed, `(${length})`);
    const keys = nonIndexKeys(value, length, ctx.showHidden);
    if (length === 0 && keys.length === 0 && !ctx.showHidden) return { text: `${start}[]` };
    return { braces: [`${start}[`, ']'], keys, kind: ARRAY_EXTRA, entries: entries.typedArrayEntries };
  }

  const keys = ownKeys(value, ctx.showHidden);
  const bare = keys.length === 0 && hidden === undefined;
  const name = classOf(value);

  if (typeof value === 'function') {
    const base = functionBase(value, name, constructor, tag, (other) => formatValue(ctx, other));
    return bare ? { text: ctx.stylize(base, 'special') } : { braces: ['{', '}'], keys, kind, base };
  }

  switch (name) {
    case 'Set':
    case 'Map': {
      const size = entries.sizeOf(value, name);
      const start = pre(name, `(${size})`);
      if (size === 0 && bare) return { text: `${start}{}` };
      const contents = name === 'Set' ? entries.setEntries : entries.mapEntries;
      return { braces: [`${start}{`, '}'], keys, kind, entries: contents };
    }
    case 'MapIterator':
    case 'SetIterator': {
      const type = `${name.slice(0, 3)} Iterator`;
      const label = tag !== '' && tag !== type ? `${tag}] [${type}` : type;
      const preview = require('internal/util/iterator_preview').previewIterator(value, name);
      const heading = preview.isEntries ? label.replace(/Iterator$/, 'Entries') : label;
      return { braces: [`[${heading}] {`, '}'], keys, kind, entries: entries.iteratorEntries(preview) };
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
      return { braces: [`${start}{`, '}'], keys, kind, entries: inTypedArray ? undefined : entries.bufferEntries };
    }
    case 'DataView':
      keys.unshift('byteLength', 'byteOffset', 'buffer');
      return { braces: [`${pre('DataView')}{`, '}'], keys, kind };
    case 'Promise':
      return { braces: [`${pre('Promise')}{`, '}'], keys, kind, entries: entries.promiseEntries };
    case 'WeakSet':
    case 'WeakMap':
      return { braces: [`${pre(name)}{`, '}'], keys, kind, entries: entries.unknownEntries };
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
        return { braces: [`${pre('Module')}{`, '}'], keys: [], kind, entries: entries.moduleEntries(keys) };
      }
  }
  const start = constructor === 'Object' && tag === '' ? '' : pre(engineName(value));
  return bare ? { text: `${start}{}` } : { braces: [`${start}{`, '}'], keys, kind };
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

module.exports = {
  inspect,
  formatProperty,
  formatValue,
  stringWidth,
  stripVTControlCharacters: text.stripVTControlCharacters,
  get format() { return require('internal/util/format').format; },
  get formatAll() { return require('internal/util/format').formatAll; },
  get formatWithOptions() { return require('internal/util/format').formatWithOptions; },
};
