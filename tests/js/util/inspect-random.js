// Random values, printed under changing options.
const { inspect } = require('util');

let seed = 42;
function random(limit) {
  seed = (seed + 0x6D2B79F5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
}

const words = ['a', 'bb', 'ccc', 'hello', 'worldwide', "it's", 'x\ny', 'éé', '', 'longer string here', '你好', '😀'];
const word = () => words[random(words.length)];

function array(depth) {
  const length = random(random(4) ? 8 : 110);
  const kind = random(5);
  const result = [];
  for (let i = 0; i < length; i++) {
    if (kind === 0) result.push(random(10 ** random(6)));
    else if (kind === 1) result.push(word());
    else if (kind === 2) result.push(BigInt(random(1000)));
    else result.push(generate(depth + 1));
  }
  if (random(6) === 0) result.extra = generate(depth + 1);
  if (random(8) === 0) delete result[random(length)];
  return result;
}

function object(depth) {
  const result = {};
  for (let n = random(7); n > 0; n--) result[word() + (random(3) ? '' : random(10))] = generate(depth + 1);
  return result;
}

function generate(depth) {
  switch (random(depth > 3 ? 9 : 16)) {
    case 0: return random(10);
    case 1: return random(100000);
    case 2: return random(1000) / 7;
    case 3: return word();
    case 4: return word().repeat(random(12));
    case 5: return BigInt(random(1e6));
    case 6: return [null, undefined, true, false][random(4)];
    case 7: return -random(500);
    case 8: return Symbol(word());
    case 9: case 10: return array(depth);
    case 11: case 12: return object(depth);
    case 13: return new Map(Array.from({ length: random(5) }, () => [generate(depth + 1), generate(depth + 1)]));
    case 14: return new Set(Array.from({ length: random(9) }, () => generate(depth + 1)));
    default: return Uint16Array.from({ length: random(120) }, () => random(70000));
  }
}

const options = [
  {}, { depth: null }, { depth: 0 }, { breakLength: 40 }, { breakLength: Infinity }, { compact: false },
  { compact: true }, { compact: 1, sorted: true }, { colors: true }, { maxArrayLength: 3 }, { maxStringLength: 5 },
  { compact: 0 }, { breakLength: 120, compact: 5 }, { numericSeparator: true }, { showHidden: true, depth: 5 },
  { compact: true, breakLength: 30 }, { colors: true, depth: 4, breakLength: 60 },
];
for (let i = 0; i < 100; i++) {
  const value = generate(0);
  console.log(value);
  console.log(inspect(value, options[random(options.length)]));
}
