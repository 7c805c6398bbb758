'use strict';
// What inspect prints for the contents of collections, ahead of the properties.

const core = require('internal/util/inspect');
const types = require('internal/util/types');
const {
  ARRAY_EXTRA, ELEMENT, OBJECT, bigintText, layOut, numberText, plural,
} = require('internal/util/inspect_layout');

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const isIndex = (key) => /^(?:0|[1-9][0-9]*)$/.test(key) && Number(key) < 4294967295;

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size').get;
const lengthGetter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length').get;

// Also where the object has lost its prototype.
const sizeOf = (collection, className) => (className === 'Set' ? setSize : mapSize).call(collection);
const typedArrayLength = (value) => lengthGetter.call(value);

const { formatProperty, formatValue } = core;

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
  return collectionEntries(ctx, sizeOf(value, 'Set'), Set.prototype.values.call(value),
    (item) => formatValue(ctx, item, depth));
}

function mapEntries(ctx, value, depth) {
  return collectionEntries(ctx, sizeOf(value, 'Map'), Map.prototype.entries.call(value),
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

module.exports = {
  arrayEntries, bufferEntries, iteratorEntries, mapEntries, moduleEntries, promiseEntries, setEntries,
  sizeOf, typedArrayEntries, typedArrayLength, unknownEntries,
};
