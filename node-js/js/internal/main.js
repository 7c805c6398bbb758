'use strict';

// What the process was started for, and how it ends.

const binding = internalBinding('process');

const kUnsettledTopLevelAwait = 13;

// The main ES module's promise is here for as long as it is pending.
let unsettledMain = false;

function run(options) {
  openParentChannel();
  const args = options.args;
  if (options.script === undefined) {
    process.argv.push(process.execPath, ...args);
    evaluate(options);
    return;
  }
  const { resolve } = require('path');
  const script = resolve(options.script);
  process.argv.push(process.execPath, script, ...args);
  const cjs = require('internal/modules/cjs');
  const file = cjs.resolveMain(script);
  if (require('internal/modules/package').format(file) === 'module') runModule(file);
  else cjs.runMain(file);
}

/** Of a parent that has asked for one. It is not for this process's own children. */
function openParentChannel() {
  const { NODE_CHANNEL_FD: fd, NODE_CHANNEL_SERIALIZATION_MODE: serialization } = process.env;
  if (!fd) return;
  delete process.env.NODE_CHANNEL_FD;
  delete process.env.NODE_CHANNEL_SERIALIZATION_MODE;
  require('child_process')._forkChild(Number.parseInt(fd, 10), serialization);
}

/** An ES module's body runs in a microtask: before the nextTick queue, for once. */
function runModule(file) {
  const esm = require('internal/modules/esm');
  startModule(() => esm.importMain(file), file);
}

/** The engine's errors of linking modules have no stack: they get one that names the main module at least. */
function located(error, file) {
  if (!(error instanceof Error) || typeof error.stack === 'string') return error;
  const missing = /^Could not find export '(.*)' in module '(.*)'$/s.exec(error.message);
  if (missing !== null) error.message = `The requested module '${missing[2]}' does not provide an export named '${missing[1]}'`;
  require('internal/errors').setStack(error, `${error.name}: ${error.message}\n    at ${file}:1:1`);
  return error;
}

function startModule(start, file) {
  unsettledMain = true;
  internalBinding('schedule').queueMicrotask(() => {
    start().then(() => {
      unsettledMain = false;
    }, (error) => {
      unsettledMain = false;
      require('internal/process/uncaught').triggerUncaughtException(located(error, file), true);
    });
  });
}

function evaluate(options) {
  if (options.inputTypeModule) {
    const esm = require('internal/modules/esm');
    startModule(() => esm.evaluateSource(options.eval), '[eval1]');
    return;
  }
  const cjs = require('internal/modules/cjs');
  const result = cjs.runEval(options.eval, options.file ?? '[eval]');
  if (options.print) console.log(result);
}

function beforeExit() {
  process.emit('beforeExit', Number(process.exitCode) || 0);
}

function exit() {
  if (process._exiting) return;
  process._exiting = true;
  try {
    process.emit('exit', Number(process.exitCode) || 0);
  } catch (error) {
    require('internal/process/uncaught').onUncaughtException(error, false);
  }
  const code = Number(process.exitCode) || 0;
  if (unsettledMain && code === 0) {
    internalBinding('console').write(2, 'Warning: Detected unsettled top-level await\n');
    binding.setExitCode(kUnsettledTopLevelAwait);
  } else {
    binding.setExitCode(code);
  }
}

module.exports = { run, beforeExit, exit };
