'use strict';

const timers = require('internal/timers');
const { notImplemented } = require('internal/errors');

function absent(name) {
  return { [name]() { throw notImplemented(`timers.${name}()`); } }[name];
}

module.exports = {
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  setImmediate: timers.setImmediate,
  clearImmediate: timers.clearImmediate,
  setInterval: timers.setInterval,
  clearInterval: timers.clearInterval,
  _unrefActive: absent('_unrefActive'),
  active: absent('active'),
  enroll: absent('enroll'),
  unenroll: absent('unenroll'),
};

Object.defineProperty(module.exports, 'promises', {
  get: () => require('timers/promises'),
  enumerable: true,
  configurable: true,
});
