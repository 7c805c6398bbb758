'use strict';

// ES modules: the engine links and evaluates them; here is where they come from. A module's id is `node:NAME` for a core
// module, else the file's path. What is no ES module comes as a small one that exports what the other loader gives.

const path = require('path');
const builtins = require('internal/builtins');
const packages = require('internal/modules/package');
const sources = require('internal/modules/sources');
const binding = internalBinding('modules');

const conditions = ['node', 'import', 'module-sync', 'node-addons'];

// Sources that are no files: code from the command line.
const virtual = new Map();

function fail(code, message, Type = Error) {
  const { setStack } = require('internal/errors');
  const error = new Type(message);
  error.code = code;
  setStack(error, error.stack.replace(error.name, () => `${error.name} [${code}]`));
  return error;
}

/** A path as a `file:` URL. */
function fileHref(file) {
  return `file://${encodeURI(file).replace(/[?#]/g, encodeURIComponent)}`;
}

function resolve(specifier, base) {
  const id = builtins.builtinId(specifier);
  if (id !== undefined) return `node:${id}`;
  if (virtual.has(specifier)) return specifier;
  if (builtins.isAbsent(specifier)) throw require('internal/errors').notImplemented(`import '${specifier}'`);
  if (specifier.startsWith('node:')) throw fail('ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${specifier}`);
  if (specifier.startsWith('data:') || /^https?:/.test(specifier)) {
    throw require('internal/errors').notImplemented(`import of ${specifier.slice(0, specifier.indexOf(':') + 1)} URLs`);
  }
  const from = path.isAbsolute(base) ? base : path.join(process.cwd(), base);
  let file;
  if (specifier.startsWith('file:')) file = require('url').fileURLToPath(specifier);
  else if (/^\.{0,2}\//.test(specifier)) file = path.resolve(path.dirname(from), decodeURIComponent(specifier.replace(/[?#].*$/s, '')));
  else if (specifier.startsWith('#')) {
    const found = packages.resolveImports(specifier, from, conditions);
    if (found.specifier !== undefined) return resolve(found.specifier, base);
    file = found.file;
  } else file = resolvePackage(specifier, from);
  const kind = packages.kindOf(file);
  if (kind === 'directory') {
    const error = fail('ERR_UNSUPPORTED_DIR_IMPORT', `Directory import '${file}' is not supported resolving ES modules imported from ${from}`);
    error.url = fileHref(file);
    throw error;
  }
  if (kind === undefined) {
    const error = fail('ERR_MODULE_NOT_FOUND', `Cannot find module '${file}' imported from ${from}`);
    error.url = fileHref(file);
    throw error;
  }
  return packages.realpath(file);
}

function resolvePackage(specifier, from) {
  const [name, subpath] = packages.splitName(specifier);
  const own = packages.scope(from);
  if (own?.contents.name === name && own.contents.exports !== undefined) {
    return packages.resolveExports(own.directory, own.contents, subpath, conditions);
  }
  for (const folder of packages.nodeModulesPaths(path.dirname(from))) {
    const base = path.join(folder, name);
    if (packages.kindOf(base) !== 'directory') continue;
    const contents = packages.read(base);
    if (contents?.exports !== undefined && contents.exports !== null) {
      return packages.resolveExports(base, contents, subpath, conditions);
    }
    if (subpath !== '.') return path.join(base, subpath);
    const main = typeof contents?.main === 'string' ? path.join(base, contents.main) : path.join(base, 'index');
    for (const ending of ['', '.js', '.json', '/index.js', '/index.json']) {
      if (packages.kindOf(main + ending) === 'file') return main + ending;
    }
    if (packages.kindOf(path.join(base, 'index.js')) === 'file') return path.join(base, 'index.js');
  }
  throw fail('ERR_MODULE_NOT_FOUND', `Cannot find package '${name}' imported from ${from}`);
}

/** The source of a module, which the engine compiles. */
function load(id) {
  const code = virtual.get(id);
  if (code !== undefined) return code;
  if (id.startsWith('node:')) return facade(Object.keys(builtins.requireBuiltin(id.slice(5))));
  switch (packages.format(id)) {
    case 'json': return facade([]);
    case 'commonjs': {
      const extension = path.extname(id);
      if (extension !== '.js' && extension !== '.cjs' && extension !== '') {
        throw fail('ERR_UNKNOWN_FILE_EXTENSION', `Unknown file extension "${extension}" for ${id}`, TypeError);
      }
      return facade(exportNames(packages.readText(id)));
    }
    default: {
      const text = packages.readText(id);
      const source = text.startsWith('#!') ? `//${text}` : text;
      sources.add(id, source);
      return source;
    }
  }
}

/** Gives a facade's `import.meta` what it exports; a getter that throws (a feature that is absent) exports undefined. */
function provide(meta, load) {
  let value;
  meta.load = () => (value = load());
  meta.property = (name) => {
    try {
      return value?.[name];
    } catch {
      return undefined;
    }
  };
}

/** An ES module whose exports are the properties of what `import.meta.load` gives. */
function facade(names) {
  const lines = ['const value = import.meta.load();', 'export default value;'];
  let count = 0;
  for (const name of new Set(names)) {
    if (name === 'default') continue;
    lines.push(`const _${count} = import.meta.property(${JSON.stringify(name)}); export { _${count} as ${JSON.stringify(name)} };`);
    count++;
  }
  return lines.join('\n');
}

/** What a CommonJS source exports by name, as far as its text tells; Node looks for the same patterns. */
function exportNames(source) {
  const names = new Set();
  for (const match of source.matchAll(/\bexports\s*\.\s*([\w$]+)\s*=(?!=)/g)) names.add(match[1]);
  for (const match of source.matchAll(/\bObject\.defineProperty\s*\(\s*(?:module\.)?exports\s*,\s*['"]([^'"]+)['"]/g)) names.add(match[1]);
  const literal = /\bmodule\s*\.\s*exports\s*=\s*\{([^{}]*)/.exec(source);
  if (literal !== null) {
    for (const item of literal[1].split(',')) {
      const match = /^\s*(?:['"]([^'"]+)['"]|([A-Za-z_$][\w$]*))\s*(?::|$)/.exec(item.replace(/\/\/.*$/gm, '').trim());
      if (match === null) break;
      names.add(match[1] ?? match[2]);
    }
  }
  names.delete('__esModule');
  return [...names];
}

function initializeMeta(id, meta) {
  if (id.startsWith('node:')) {
    provide(meta, () => builtins.requireBuiltin(id.slice(5)));
    return;
  }
  if (virtual.has(id)) {
    meta.url = fileHref(path.join(process.cwd(), id));
  } else {
    meta.dirname = path.dirname(id);
    meta.filename = id;
    meta.url = fileHref(id);
    if (packages.format(id) !== 'module') provide(meta, () => require('internal/modules/cjs').Module._load(id, undefined, false));
  }
  meta.resolve = (specifier) => {
    const found = resolve(String(specifier), id);
    return found.startsWith('node:') ? found : fileHref(found);
  };
}

function importMain(file) {
  return start(() => binding.importModule(file));
}

let count = 0;

function evaluateSource(code) {
  const id = `[eval${++count}]`;
  virtual.set(id, code);
  sources.add(id, code);
  return start(() => binding.evaluateModule(id, code));
}

/** What fails before the module runs, its syntax for example, rejects too. */
function start(begin) {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error);
  }
}

module.exports = { importMain, evaluateSource, functions: { resolve, load, initializeMeta } };
