'use strict';
// console.table: rows of properties between box-drawing lines.

const { inspect, stringWidth } = require('internal/util/inspect');
const { isMap, isSet } = require('internal/util/types');

const isPrimitive = (value) => value === null || (typeof value !== 'object' && typeof value !== 'function');

function renderRow(cells, widths) {
  const padded = cells.map((cell, i) => ` ${cell}${' '.repeat(widths[i] - stringWidth(cell) - 1)}`);
  return `│${padded.join('│')}│`;
}

// `columns` holds the cells below each heading; a missing cell is empty.
function render(head, columns) {
  const height = Math.max(...columns.map((column) => column.length));
  const widths = head.map((title, i) =>
    2 + columns[i].reduce((width, cell = '') => Math.max(width, stringWidth(cell)), stringWidth(title)));
  const rule = (left, middle, right) => left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  const lines = [rule('┌', '┬', '┐'), renderRow(head, widths), rule('├', '┼', '┤')];
  for (let i = 0; i < height; i++) lines.push(renderRow(columns.map((column) => column[i] ?? ''), widths));
  lines.push(rule('└', '┴', '┘'));
  return lines.join('\n');
}

/** The text of console.table(data, properties). */
function table(data, properties, options) {
  const cell = (value) => {
    const isWide = !isPrimitive(value) && !Array.isArray(value) && Object.keys(value).length > 2;
    return inspect(value, { maxArrayLength: 3, breakLength: Infinity, ...options, depth: isWide ? -1 : 0 });
  };
  if (isMap(data)) {
    const entries = Array.from(data);
    return render(['(iteration index)', 'Key', 'Values'],
      [entries.map((_, i) => `${i}`), entries.map(([key]) => cell(key)), entries.map(([, value]) => cell(value))]);
  }

  if (isSet(data)) {
    const items = Array.from(data);
    return render(['(iteration index)', 'Values'], [items.map((_, i) => `${i}`), items.map(cell)]);
  }

  const index = Object.keys(data);
  const values = [];
  const columns = new Map();
  index.forEach((key, i) => {
    const row = data[key];
    if (isPrimitive(row) && !properties) values[i] = cell(row);
    for (const name of properties || (isPrimitive(row) ? [] : Object.keys(row))) {
      if (!columns.has(name)) columns.set(name, []);
      const has = !isPrimitive(row) && Object.prototype.hasOwnProperty.call(row, name);
      columns.get(name)[i] = has ? cell(row[name]) : '';
    }
  });
  const head = ['(index)', ...columns.keys()].map(String);
  const body = [index, ...columns.values()];
  if (values.length !== 0) {
    head.push('Values');
    body.push(Array.from(values, (value) => value ?? ''));
  }
  return render(head, body.map((column) => Array.from(column, (entry) => entry ?? '')));
}

module.exports = { table };
