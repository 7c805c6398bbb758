'use strict';
// util.parseArgs: a command line taken apart by a description of its options.

const { codes } = require('internal/errors');
const {
  validateArray, validateBoolean, validateObject, validateString,
} = require('internal/validators');

const hasOwn = (object, key) => Object.prototype.hasOwnProperty.call(object, key);

function failure(code, message) {
  const error = Object.assign(new TypeError(message), { code });
  const toString = () => `${error.name} [${code}]: ${error.message}`;
  return Object.defineProperty(error, 'toString', { value: toString, writable: true, configurable: true });
}

function validateOptions(options) {
  validateObject(options, 'options');
  for (const [name, option] of Object.entries(options)) {
    const path = `options.${name}`;
    validateObject(option, path);
    if (option.type !== 'string' && option.type !== 'boolean') {
      throw new codes.ERR_INVALID_ARG_TYPE(`${path}.type`, "('string|boolean')", option.type);
    }
    if (hasOwn(option, 'short')) {
      validateString(option.short, `${path}.short`);
      if (option.short.length !== 1) {
        throw new codes.ERR_INVALID_ARG_VALUE(`${path}.short`, option.short, 'must be a single character');
      }
    }
    if (hasOwn(option, 'multiple')) validateBoolean(option.multiple, `${path}.multiple`);
    if (option.default !== undefined) {
      const check = option.type === 'string' ? validateString : validateBoolean;
      if (option.multiple) {
        validateArray(option.default, `${path}.default`);
        option.default.forEach((value, i) => check(value, `${path}.default[${i}]`));
      } else {
        check(option.default, `${path}.default`);
      }
    }
  }
}

function longName(short, options) {
  for (const name of Object.keys(options)) {
    if (options[name].short === short) return name;
  }
  return short;
}

const typeOf = (name, options) => (hasOwn(options, name) ? options[name].type : undefined);

// The arguments as tokens: `option`, `positional` and `option-terminator`, each with its index.
function tokenize(args, options) {
  const tokens = [];
  const queue = args.map((arg, index) => ({ arg, index }));
  let inGroup = 0; // how many arguments at the front come from one group of short options
  while (queue.length > 0) {
    const { arg, index } = queue.shift();
    const next = queue[0];
    if (inGroup > 0) inGroup--;
    const option = (name, rawName, value, inlineValue) =>
      tokens.push({ kind: 'option', name, rawName, index, value, inlineValue });
    const takeNext = (name, rawName) => {
      const takes = typeOf(name, options) === 'string' && next !== undefined && next.arg !== undefined && inGroup === 0;
      if (takes) option(name, rawName, queue.shift().arg, false);
      else option(name, rawName, undefined, undefined);
    };

    if (arg === '--') {
      tokens.push({ kind: 'option-terminator', index });
      for (const rest of queue) tokens.push({ kind: 'positional', index: rest.index, value: rest.arg });
      break;
    }
    if (/^-[^-]$/.test(arg)) {
      takeNext(longName(arg[1], options), arg);
    } else if (/^-[^-]./.test(arg)) {
      const first = longName(arg[1], options);
      if (typeOf(first, options) === 'string') {
        option(first, `-${arg[1]}`, arg.slice(2), true);
        continue;
      }
      // -abc: single options, of which the last, or one that takes a value, ends the group.
      const group = [];
      for (let i = 1; i < arg.length; i++) {
        if (typeOf(longName(arg[i], options), options) === 'string' && i !== arg.length - 1) {
          group.push(`-${arg.slice(i)}`);
          break;
        }
        group.push(`-${arg[i]}`);
      }
      queue.unshift(...group.map((part) => ({ arg: part, index })));
      inGroup = group.length;
    } else if (/^--[^=]+$/.test(arg)) {
      takeNext(arg.slice(2), arg);
    } else if (/^--[^=]+=/.test(arg)) {
      const equals = arg.indexOf('=', 3);
      const name = arg.slice(2, equals);
      option(name, `--${name}`, arg.slice(equals + 1), true);
    } else {
      tokens.push({ kind: 'positional', index, value: arg });
    }
  }
  return tokens;
}

function checkStrictly(token, config) {
  const { options, allowNegative, allowPositionals } = config;
  const { name } = token;
  const isNegation = allowNegative && name.startsWith('no-') && typeOf(name.slice(3), options) === 'boolean';
  if (!hasOwn(options, name) && !isNegation) {
    const hint = allowPositionals ?
      `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in ` +
      `'-- "${token.rawName}"` : '';
    throw failure('ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${token.rawName}'${hint}`);
  }
  if (isNegation) return;
  const { short, type } = options[name];
  const both = `${short ? `-${short}, ` : ''}--${name}`;
  if (type === 'string' && typeof token.value !== 'string') {
    throw failure('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${both} <value>' argument missing`);
  }
  if (type === 'boolean' && token.value !== undefined) {
    throw failure('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${both}' does not take an argument`);
  }
  if (!token.inlineValue && typeof token.value === 'string' && token.value.length > 1 && token.value[0] === '-') {
    let message = `Option '${token.rawName}' argument is ambiguous.\n` +
      `Did you forget to specify the option argument for '${token.rawName}'?\n`;
    message += token.rawName.startsWith('--') ?
      `To specify an option argument starting with a dash use '${token.rawName}=-XYZ'.` :
      `To specify an option argument starting with a dash use '--${name}=-XYZ' or '${token.rawName}-XYZ'.`;
    throw failure('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', message);
  }
}

function store(values, name, value, options) {
  if (name === '__proto__') return;
  if (hasOwn(options, name) && options[name].multiple) {
    if (values[name] === undefined) values[name] = [];
    values[name].push(value);
  } else {
    values[name] = value;
  }
}

/** util.parseArgs(config). */
function parseArgs(config = {}) {
  const own = (key, fallback) => (hasOwn(config, key) && config[key] !== undefined ? config[key] : fallback);
  const args = own('args', process.argv.slice(2));
  const strict = own('strict', true);
  const allowPositionals = own('allowPositionals', !strict);
  const returnTokens = own('tokens', false);
  const allowNegative = own('allowNegative', false);
  const options = own('options', { __proto__: null });
  validateArray(args, 'args');
  validateBoolean(strict, 'strict');
  validateBoolean(allowPositionals, 'allowPositionals');
  validateBoolean(returnTokens, 'tokens');
  validateBoolean(allowNegative, 'allowNegative');
  validateOptions(options);

  const tokens = tokenize(args, options);
  const result = { values: { __proto__: null }, positionals: [] };
  if (returnTokens) result.tokens = tokens;
  for (const token of tokens) {
    if (token.kind === 'option') {
      if (strict) checkStrictly(token, { options, allowNegative, allowPositionals });
      let { name } = token;
      let value = token.value ?? true;
      if (allowNegative && name.startsWith('no-') && token.value === undefined) {
        name = name.slice(3);
        value = false;
      }
      store(result.values, name, value, options);
    } else if (token.kind === 'positional') {
      if (!allowPositionals) {
        throw failure('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL',
          `Unexpected argument '${token.value}'. This command does not take positional arguments`);
      }
      result.positionals.push(token.value);
    }
  }
  for (const [name, option] of Object.entries(options)) {
    if (option.default !== undefined && result.values[name] === undefined) result.values[name] = option.default;
  }
  return result;
}

module.exports = { parseArgs };
