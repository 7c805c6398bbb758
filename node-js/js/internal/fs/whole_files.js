'use strict';

// Reading and writing whole files.

const { parseFileMode, validateBoolean } = require('internal/validators');
const { runAsync, runSync } = require('internal/fs/request');
const { checkCallback, dataOf, parseFile, parseFlags, parseOptions } = require('internal/fs/arguments');

const operations = () => require('internal/fs/operations');

function readFile(path, options, callback) {
  callback ||= options;
  checkCallback(callback);
  options = parseOptions(options, { flag: 'r' });
  path = parseFile(path);
  parseFlags(options.flag);
  runAsync(operations().readFile(path, options), callback);
}

function readFileSync(path, options) {
  const { encoding, flag } = parseOptions(options, { flag: 'r' });
  return runSync(operations().readFile(parseFile(path), { encoding, flag }));
}

/** A signal is for the asynchronous functions only. */
function parseWriteFile(options, flag, signal = true) {
  options = parseOptions(options, { encoding: 'utf8', mode: 0o666, flag, flush: false });
  const flush = options.flush ?? false;
  validateBoolean(flush, 'options.flush');
  return {
    encoding: options.encoding,
    flag: parseFlags(options.flag || flag),
    mode: parseFileMode(options.mode, 'mode', 0o666),
    flush,
    signal: signal ? options.signal : undefined,
  };
}

function writeFile(path, data, options, callback) {
  callback ||= options;
  checkCallback(callback);
  options = parseWriteFile(options, 'w');
  const bytes = dataOf(data, options.encoding);
  path = parseFile(path);
  runAsync(operations().writeFile(path, bytes, options), callback);
}

function writeFileSync(path, data, options) {
  options = parseWriteFile(options, 'w', false);
  const bytes = dataOf(data, options.encoding);
  runSync(operations().writeFile(parseFile(path), bytes, options));
}

function appendFile(path, data, options, callback) {
  callback = checkCallback(callback || options);
  options = parseWriteFile(options, 'a');
  const bytes = dataOf(data, options.encoding);
  path = parseFile(path);
  runAsync(operations().writeFile(path, bytes, options), callback);
}

function appendFileSync(path, data, options) {
  options = parseWriteFile(options, 'a', false);
  const bytes = dataOf(data, options.encoding);
  runSync(operations().writeFile(parseFile(path), bytes, options));
}

module.exports = {
  readFile, readFileSync, writeFile, writeFileSync, appendFile, appendFileSync,
};
