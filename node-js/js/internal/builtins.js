'use strict';

// The core modules as scripts may require them: with and without `node:`, and none of the internal ones.

let natives;
let ids;

function setup(value) {
  natives = value;
}

function publicIds() {
  ids ??= natives.ids();
  return ids;
}

const onlyWithScheme = new Set(['test', 'sea', 'sqlite', 'test/reporters']);

/** The core module that `specifier` names, or undefined. */
function builtinId(specifier) {
  const withScheme = specifier.startsWith('node:');
  const id = withScheme ? specifier.slice(5) : specifier;
  if (id.startsWith('internal/') || (!withScheme && onlyWithScheme.has(id))) return undefined;
  return natives.isBuiltin(id) ? id : undefined;
}

// Core modules of Node's that do not exist here: requiring one says so, and does not look like a missing package.
const absent = new Set([
  '_http_agent', '_http_client', '_http_common', '_http_incoming', '_http_outgoing', '_http_server', '_tls_common', '_tls_wrap',
  'async_hooks', 'child_process', 'cluster', 'constants', 'crypto', 'dgram', 'diagnostics_channel', 'dns', 'dns/promises', 'domain',
  'http', 'http2', 'https', 'inspector', 'inspector/promises', 'net', 'punycode', 'querystring', 'readline', 'readline/promises',
  'repl', 'stream', 'stream/consumers', 'stream/promises', 'stream/web', 'sys', 'test', 'tls', 'trace_events', 'tty', 'v8', 'vm', 'wasi',
  'worker_threads', 'zlib',
]);

function isAbsent(specifier) {
  const id = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  return absent.has(id) && !natives.isBuiltin(id);
}

module.exports = {
  setup, builtinId, isAbsent, publicIds,
  requireBuiltin: (id) => natives.requireBuiltin(id),
};
