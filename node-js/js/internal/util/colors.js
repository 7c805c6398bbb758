'use strict';
// The SGR codes of terminals, as util.inspect.colors and util.styleText offer them.

const codes = {
  reset: [0, 0],
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  blink: [5, 25],
  inverse: [7, 27],
  hidden: [8, 28],
  strikethrough: [9, 29],
  doubleunderline: [21, 24],
};
const hues = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const aliases = {
  grey: 'gray',
  blackBright: 'gray',
  bgGrey: 'bgGray',
  bgBlackBright: 'bgGray',
  faint: 'dim',
  crossedout: 'strikethrough',
  strikeThrough: 'strikethrough',
  crossedOut: 'strikethrough',
  conceal: 'hidden',
  swapColors: 'inverse',
  swapcolors: 'inverse',
  doubleUnderline: 'doubleunderline',
};

const capital = (name) => name[0].toUpperCase() + name.slice(1);

/** Style name to its pair of codes, on and off; aliases are there but not enumerable. */
function sgrCodes() {
  const table = Object.assign(Object.create(null), codes);
  hues.forEach((hue, i) => { table[hue] = [30 + i, 39]; });
  hues.forEach((hue, i) => { table[`bg${capital(hue)}`] = [40 + i, 49]; });
  table.framed = [51, 54];
  table.overlined = [53, 55];
  hues.forEach((hue, i) => { table[i === 0 ? 'gray' : `${hue}Bright`] = [90 + i, 39]; });
  hues.forEach((hue, i) => { table[i === 0 ? 'bgGray' : `bg${capital(hue)}Bright`] = [100 + i, 49]; });
  for (const alias of Object.keys(aliases)) {
    const target = aliases[alias];
    Object.defineProperty(table, alias, {
      get() { return this[target]; },
      set(value) { this[target] = value; },
      configurable: true,
      enumerable: false,
    });
  }
  return table;
}

/** Whether to write colors to the stream: a terminal with more than two, or any if FORCE_COLOR says so. */
function shouldColorize(stream) {
  const forced = process.env.FORCE_COLOR;
  if (forced !== undefined) return ['', '1', 'true', '2', '3'].includes(forced);
  if (!stream || !stream.isTTY) return false;
  if (typeof stream.getColorDepth === 'function') return stream.getColorDepth() > 2;
  return process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb';
}

module.exports = { sgrCodes, shouldColorize };
