'use strict';
// How inspect lays the parts of a value out on lines, and how it writes primitives.

const text = require('internal/util/text');

// How a property is written: `key: value`, a bare array element, or a property behind the elements.
const OBJECT = 0;
const ELEMENT = 1;
const ARRAY_EXTRA = 2;

const plural = (count) => (count === 1 ? '' : 's');

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
    const width = text.stringWidth(output[i], ctx.colors);
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
        return value.split(/(?<=\n)/).map((line) => stylize(text.quote(line), 'string'))
          .join(` +\n${' '.repeat(ctx.indentationLvl + 2)}`) + more;
      }
      return stylize(text.quote(value), 'string') + more;
    }
    case 'number': return numberText(stylize, value, ctx.numericSeparator);
    case 'bigint': return bigintText(stylize, value, ctx.numericSeparator);
    case 'boolean': return stylize(`${value}`, 'boolean');
    case 'undefined': return stylize('undefined', 'undefined');
    default: return stylize(Symbol.prototype.toString.call(value), 'symbol');
  }
}

module.exports = {
  OBJECT, ELEMENT, ARRAY_EXTRA, bigintText, layOut, numberText, plural, primitiveText,
};
