'use strict';

// Stack traces as V8 words them. The engine calls the hook for every error that is made, thrown by the script or by the
// engine itself, when the message is set and before anybody sees the error.

const { defineProperty, hasOwn } = Object;
const { apply } = Reflect;
const join = Array.prototype.join;

// Scripts may set one of their own.
let userHook;

function install() {
  Error.stackTraceLimit = 10;
  Error.prepareStackTrace = prepare;
  const engine = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  apply(engine.set, Error, [prepare]);
  defineProperty(Error, 'prepareStackTrace', {
    get: () => userHook,
    set: (hook) => { userHook = hook; },
    enumerable: false,
    configurable: true,
  });
}

function prepare(error, sites) {
  if (!(error instanceof Error)) {
    const trace = typeof userHook === 'function' ? userHook(error, sites) : header(error) + frames(sites);
    return trace;
  }
  // The engine asks again while an error passes through its callers, when fewer and fewer frames are left; and for
  // Error.captureStackTrace, which puts what is returned in the place of the property itself.
  if (hasOwn(error, 'stack')) {
    return typeof userHook === 'function' ? userHook(error, sites) : header(error) + frames(sites);
  }
  messages.translate(error, sites);
  if (typeof userHook === 'function') return setStack(error, userHook(error, sites));
  const trace = frames(sites);
  // As in V8 the first line is written when the stack is first read: a constructor may still set the name.
  defineProperty(error, 'stack', {
    get() { return setStack(error, header(error) + trace); },
    set(value) { setStack(this, value); },
    enumerable: false,
    configurable: true,
  });
  return header(error) + trace;
}

function setStack(error, value) {
  // A frozen error keeps its getter.
  Reflect.defineProperty(error, 'stack', { value, writable: true, enumerable: false, configurable: true });
  return value;
}

function header(error) {
  try {
    let { name, message } = error;
    name = name === undefined ? 'Error' : String(name);
    message = message === undefined ? '' : String(message);
    if (name === '') return message;
    return message === '' ? name : `${name}: ${message}`;
  } catch {
    return 'Error';
  }
}

function frames(sites) {
  const lines = [''];
  for (let i = 0; i < sites.length; i++) {
    const line = frame(sites[i]);
    if (line !== undefined) lines.push(line);
  }
  return apply(join, lines, ['\n']);
}

// Frames of the machinery that starts a script say nothing to its author.
const hidden = /^node:internal\/(?:bootstrap|main|stack|modules\/\w+)$/;

function frame(site) {
  const file = site.getFileName();
  if (site.isNative()) {
    const name = site.getFunctionName();
    return name === 'apply' ? undefined : `    at ${name || '<anonymous>'} (<anonymous>)`;
  }
  if (file === null || file === undefined || hidden.test(file)) return undefined;
  const where = `${file}:${site.getLineNumber()}:${messages.columnOf(site)}`;
  const name = site.getFunctionName();
  if (!name || name === '<anonymous>' || name === '<eval>') {
    return `    at ${where}`;
  }
  return `    at ${name} (${where})`;
}

const messages = require('internal/messages');

module.exports = { install, header };
