'use strict';
// AssertionError and the difference of two values that its message shows.

const { inspect } = require('internal/util/inspect');

const SHORT = 12; // both values together, to be written as `a !== b`
const MOST_LINES = 50;
const MOST_CHARACTERS = 512;

const headings = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  strictEqualObject: 'Expected "actual" to be reference-equal to "expected":',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notStrictEqualObject: 'Expected "actual" not to be reference-equal to "expected":',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
  notIdentical: 'Values have same structure but are not reference-equal:',
  notDeepEqualUnequal: 'Expected values not to be loosely deep-equal:',
};

// One line for each property, whole, in an order that two equal objects share.
function inspectValue(value) {
  return inspect(value, {
    compact: false,
    customInspect: false,
    depth: 1000,
    maxArrayLength: Infinity,
    showHidden: false,
    showProxy: false,
    sorted: true,
    getters: true,
    breakLength: Infinity,
  });
}

const isObject = (value) => typeof value === 'object' && value !== null;

function shorten(lines) {
  return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 4), '...'] : lines;
}

// The lines that both texts end with: how many, and how they are shown.
function commonEnd(actual, expected) {
  let count = 0;
  while (count < actual.length && count < expected.length &&
         actual[actual.length - 1 - count] === expected[expected.length - 1 - count]) count++;
  const tail = actual.slice(actual.length - count).map((line) => `\n  ${line}`);
  const skipped = count >= 5;
  const text = skipped ? [tail[0], '\n...', ...tail.slice(-3)].join('') : tail.join('');
  return { count, skipped, text };
}

// Lines written as a diff: runs of equal lines keep two at either end, changes come as +++---.
class DiffWriter {
  text = '';
  skipped = false;
  printed = 0;
  #pendingMinus = '';
  #run = []; // equal lines since the last change

  equal(shown, left, right) {
    this.text += this.#pendingMinus;
    this.#pendingMinus = '';
    this.#run.push({ left, right });
    if (this.#run.length <= 2) this.#print(`\n  ${shown}`);
  }

  change(plus, minus) {
    const run = this.#run;
    if (run.length > 5) {
      this.text += '\n...';
      this.skipped = true;
    }
    for (const { left, right } of run.slice(run.length > 5 ? run.length - 2 : 2)) {
      this.#print(`\n  ${plus === undefined ? right : left}`);
    }
    this.#run = [];
    if (plus !== undefined) this.#print(`\n+ ${plus}`);
    if (minus !== undefined) {
      this.#pendingMinus += `\n- ${minus}`;
      this.printed++;
    }
  }

  get minus() { return this.#pendingMinus; }

  #print(line) {
    this.text += line;
    this.printed++;
  }
}

// Compares line by line; a comma at the end of a line is no difference.
function writeDiff(writer, actual, expected) {
  const count = Math.max(actual.length, expected.length);
  for (let i = 0; i < count; i++) {
    const left = actual[i];
    const right = expected[i];
    if (left === undefined || right === undefined) writer.change(left, right);
    else if (left === right || left === `${right},`) writer.equal(left, left, right);
    else if (`${left},` === right) writer.equal(right, left, right);
    else writer.change(left, right);
    if (writer.printed > MOST_LINES && i < count - 2) return false;
  }
  return true;
}

function columnsOfTerminal() {
  const stream = process.stderr;
  return stream && stream.isTTY && stream.columns ? stream.columns : 80;
}

// A caret below the first difference of two single lines.
function caret(actual, expected) {
  if (actual.length + expected.length >= columnsOfTerminal()) return '';
  let at = 0;
  while (actual[at] === expected[at]) at++;
  return at > 2 ? `\n  ${' '.repeat(at)}^` : '';
}

// A copy that inspect writes without a stack.
function withoutStack(error) {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(error)), error);
  return Object.defineProperty(copy, 'message', { value: error.message });
}

function differenceMessage(actual, expected, operator, heading) {
  const actualLines = inspectValue(actual).split('\n');
  const expectedLines = inspectValue(expected).split('\n');
  if (operator === 'strictEqual' && ((isObject(actual) && isObject(expected)) ||
      (typeof actual === 'function' && typeof expected === 'function'))) operator = 'strictEqualObject';

  let indicator = '';
  if (actualLines.length === 1 && expectedLines.length === 1 && actualLines[0] !== expectedLines[0]) {
    const [left] = actualLines;
    const [right] = expectedLines;
    if (left.length + right.length <= SHORT) {
      if (!isObject(actual) && !isObject(expected) && (actual !== 0 || expected !== 0)) {
        return `${heading || headings[operator]}\n\n${left} !== ${right}\n`;
      }
    } else if (operator !== 'strictEqualObject') {
      indicator = caret(left, right);
    }
  }

  const end = commonEnd(actualLines, expectedLines);
  const left = actualLines.slice(0, actualLines.length - end.count);
  const right = expectedLines.slice(0, expectedLines.length - end.count);
  if (left.length === 0 && right.length === 0) {
    return `${headings.notIdentical}\n\n${shorten(actualLines).join('\n')}\n`;
  }
  const head = `${heading || headings[operator]}\n+ actual - expected`;
  const writer = new DiffWriter();
  if (!writeDiff(writer, left, right)) {
    return `${head} ... Lines skipped\n${writer.text}\n...${writer.minus}\n...`;
  }
  const skipped = writer.skipped || end.skipped ? ' ... Lines skipped' : '';
  return `${head}${skipped}\n${writer.text}${writer.minus}${end.text}${indicator}`;
}

function negatedMessage(actual, operator) {
  const isReference = operator === 'notStrictEqual' && (isObject(actual) || typeof actual === 'function');
  const heading = headings[isReference ? 'notStrictEqualObject' : operator];
  const lines = shorten(inspectValue(actual).split('\n'));
  if (lines.length === 1) return `${heading}${lines[0].length > 5 ? '\n\n' : ' '}${lines[0]}`;
  return `${heading}\n\n${lines.join('\n')}\n`;
}

const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 3)}...` : text);

function looseMessage(actual, expected, operator) {
  const left = inspectValue(actual);
  const right = inspectValue(expected);
  if (operator === 'notDeepEqual' && left === right) {
    return cut(`${headings.notDeepEqual}\n\n${left}`, 1024);
  }
  const shownLeft = cut(left, MOST_CHARACTERS);
  const shownRight = cut(right, MOST_CHARACTERS);
  if (operator === 'deepEqual') {
    return `${headings.deepEqual}\n\n${shownLeft}\n\nshould loosely deep-equal\n\n${shownRight}`;
  }
  if (operator === 'notDeepEqual') {
    return `${headings.notDeepEqualUnequal}\n\n${shownLeft}\n\nshould not loosely deep-equal\n\n${shownRight}`;
  }
  return `${shownLeft} ${operator} ${shownRight}`;
}

function messageFor({ actual, expected, operator, message }) {
  if (actual instanceof Error && expected instanceof Error) {
    actual = withoutStack(actual);
    expected = withoutStack(expected);
  }
  const own = message === undefined || message === null ? undefined : String(message);
  switch (operator) {
    case 'deepStrictEqual':
    case 'strictEqual':
      return differenceMessage(actual, expected, operator, own);
    default:
      return own ?? generatedMessage(actual, expected, operator);
  }
}

function generatedMessage(actual, expected, operator) {
  switch (operator) {
    case 'notDeepStrictEqual':
    case 'notStrictEqual':
      return negatedMessage(actual, operator);
    default:
      return looseMessage(actual, expected, operator);
  }
}

class AssertionError extends Error {
  constructor(options) {
    require('internal/validators').validateObject(options, 'options');
    const { message, operator, actual, expected, stackStartFn, stackStartFunction, details } = options;
    super(messageFor(options));

    this.generatedMessage = !message;
    Object.defineProperty(this, 'name', {
      value: 'AssertionError [ERR_ASSERTION]', enumerable: false, writable: true, configurable: true,
    });
    this.code = 'ERR_ASSERTION';
    if (details) {
      for (let i = 0; i < details.length; i++) {
        this[`message ${i}`] = details[i].message;
        this[`actual ${i}`] = details[i].actual;
        this[`expected ${i}`] = details[i].expected;
        this[`operator ${i}`] = details[i].operator;
        this[`stack trace ${i}`] = details[i].stack;
      }
    } else {
      this.actual = actual;
      this.expected = expected;
      this.operator = operator;
    }
    // The stack is made while the name carries the code.
    require('internal/errors').captureStack(this, stackStartFn || stackStartFunction);
    this.name = 'AssertionError';
  }

  toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](depth, options) {
    // Long strings would repeat what the message says.
    const { actual, expected } = this;
    for (const name of ['actual', 'expected']) {
      if (typeof this[name] === 'string') {
        const lines = this[name].split('\n');
        if (lines.length > 10) this[name] = `${lines.slice(0, 10).join('\n')}\n...`;
        else if (this[name].length > MOST_CHARACTERS) this[name] = `${this[name].slice(0, MOST_CHARACTERS)}...`;
      }
    }
    const result = inspect(this, { ...options, customInspect: false, depth: 0 });
    this.actual = actual;
    this.expected = expected;
    return result;
  }
}

module.exports = { AssertionError, inspectValue };
