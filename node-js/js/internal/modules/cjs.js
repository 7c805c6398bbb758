'use strict';

// CommonJS.

const path = require('path');
const builtins = require('internal/builtins');
const packages = require('internal/modules/package');
const sources = require('internal/modules/sources');
const binding = internalBinding('modules');
const { codes } = require('internal/errors');
const { validateString } = require('internal/validators');

const conditions = ['node', 'require', 'module-sync', 'node-addons'];

function Module(id = '', parent) {
  this.id = id;
  this.path = path.dirname(id);
  this.exports = {};
  this.filename = null;
  this.loaded = false;
  this.children = [];
  Object.defineProperty(this, 'parent', { value: parent, writable: true, enumerable: false, configurable: true });
  parent?.children.push(this);
}

Module._cache = Object.create(null);
Module._pathCache = Object.create(null);
Module._extensions = Object.create(null);
Module.globalPaths = [];
Module.Module = Module;
Object.defineProperty(Module, 'builtinModules', {
  get: () => builtins.publicIds().filter((id) => !id.startsWith('_')),
  enumerable: true,
  configurable: true,
});
Module.isBuiltin = (specifier) => typeof specifier === 'string' && builtins.builtinId(specifier) !== undefined;
Module._nodeModulePaths = packages.nodeModulesPaths;
Module.createRequire = createRequire;
Module.wrap = (script) => Module.wrapper[0] + script + Module.wrapper[1];
Module.wrapper = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];

Module._extensions['.js'] = function(module, filename) {
  if (packages.format(filename) === 'module') throw requireEsm(filename, module);
  module._compile(packages.readText(filename), filename);
};
Module._extensions['.json'] = function(module, filename) {
  const text = packages.readText(filename);
  try {
    module.exports = JSON.parse(text);
  } catch (error) {
    error.message = `${filename}: ${error.message}`;
    throw error;
  }
};
Module._extensions['.node'] = function(module, filename) {
  throw require('internal/errors').notImplemented(`require('${path.basename(filename)}'): native addons`);
};

function requireEsm(filename, parent) {
  const error = new Error(
    `require() of ES Module ${filename}${parent?.parent?.filename ? ` from ${parent.parent.filename}` : ''} not supported.\n` +
    'Instead change the require of it to a dynamic import() which is available in all CommonJS modules.');
  error.code = 'ERR_REQUIRE_ESM';
  return error;
}

function notFound(request, parents) {
  let message = `Cannot find module '${request}'`;
  if (parents.length > 0) message += `\nRequire stack:\n- ${parents.join('\n- ')}`;
  const error = new Error(message);
  error.code = 'MODULE_NOT_FOUND';
  error.requireStack = parents;
  return error;
}

function parentsOf(module) {
  const parents = [];
  for (let at = module; at; at = at.parent) parents.push(at.filename || at.id);
  return parents;
}

function extensionsOf() {
  return Object.keys(Module._extensions);
}

function tryFile(base) {
  if (packages.kindOf(base) === 'file' || packages.kindOf(base) === 'other') return real(base);
  for (const extension of extensionsOf()) {
    if (packages.kindOf(base + extension) === 'file') return real(base + extension);
  }
  return undefined;
}

function real(file) {
  return packages.realpath(file);
}

function tryDirectory(directory) {
  const main = packages.read(directory)?.main;
  if (typeof main === 'string' && main !== '') {
    const base = path.resolve(directory, main);
    const found = tryFile(base) ?? tryIndex(base);
    if (found !== undefined) return found;
  }
  return tryIndex(directory);
}

function tryIndex(directory) {
  for (const extension of extensionsOf()) {
    const file = path.join(directory, `index${extension}`);
    if (packages.kindOf(file) === 'file') return real(file);
  }
  return undefined;
}

function tryPath(base, onlyDirectory) {
  if (!onlyDirectory) {
    const file = tryFile(base);
    if (file !== undefined) return file;
  }
  return packages.kindOf(base) === 'directory' ? tryDirectory(base) : undefined;
}

Module._resolveFilename = function(request, parent, isMain, options) {
  const id = builtins.builtinId(request);
  if (id !== undefined) return request;
  if (builtins.isAbsent(request)) throw require('internal/errors').notImplemented(`require('${request}')`);
  if (request.startsWith('node:')) {
    if (codes.ERR_UNKNOWN_BUILTIN_MODULE) throw new codes.ERR_UNKNOWN_BUILTIN_MODULE(request);
    const error = new Error(`No such built-in module: ${request}`);
    error.code = 'ERR_UNKNOWN_BUILTIN_MODULE';
    throw error;
  }
  const from = parent?.filename ?? path.join(process.cwd(), '[eval]');
  const found = options?.paths ?
    options.paths.map((base) => resolveFrom(request, path.join(base, 'noop.js'))).find((file) => file !== undefined) :
    resolveFrom(request, from);
  if (found === undefined) throw notFound(request, isMain ? [] : parentsOf(parent));
  return found;
};

function resolveFrom(request, from) {
  const directory = path.dirname(from);
  const onlyDirectory = /(?:^|\/)\.{0,2}\/?$/.test(request) && /(?:^|\/)(?:\.\.?)?\/?$/.test(request) && request !== '';
  if (/^(?:\.{0,2}\/|\.\.?$)/.test(request)) return tryPath(path.resolve(directory, request), onlyDirectory && request.endsWith('/'));
  if (request.startsWith('#')) {
    const { file, specifier } = packages.resolveImports(request, from, conditions);
    return file ?? resolveFrom(specifier, from);
  }
  const [name, subpath] = packages.splitName(request);
  const own = packages.scope(from);
  if (own?.contents.name === name && own.contents.exports !== undefined) {
    return real(packages.resolveExports(own.directory, own.contents, subpath, conditions));
  }
  for (const folder of packages.nodeModulesPaths(directory)) {
    const base = path.join(folder, name);
    const contents = packages.kindOf(base) === 'directory' ? packages.read(base) : undefined;
    if (contents?.exports !== undefined && contents.exports !== null) {
      const file = packages.resolveExports(base, contents, subpath, conditions);
      if (packages.kindOf(file) === 'file') return real(file);
      throw notFound(file, []);
    }
    const file = tryPath(path.join(folder, request), request.endsWith('/'));
    if (file !== undefined) return file;
  }
  return undefined;
}

Module._load = function(request, parent, isMain) {
  const filename = Module._resolveFilename(request, parent, isMain);
  const id = builtins.builtinId(filename);
  if (id !== undefined && !path.isAbsolute(filename)) return builtins.requireBuiltin(id);
  const cached = Module._cache[filename];
  if (cached !== undefined) {
    if (parent && !parent.children.includes(cached)) parent.children.push(cached);
    return cached.exports;
  }
  const module = new Module(filename, parent);
  if (isMain) {
    module.id = '.';
    process.mainModule = module;
    mainModule = module;
  }
  Module._cache[filename] = module;
  let done = false;
  try {
    module.load(filename);
    done = true;
  } finally {
    if (!done) {
      delete Module._cache[filename];
      const at = parent?.children.indexOf(module) ?? -1;
      if (at >= 0) parent.children.splice(at, 1);
    }
  }
  return module.exports;
};

let mainModule;

Module.prototype.load = function(filename) {
  this.filename = filename;
  this.paths = packages.nodeModulesPaths(path.dirname(filename));
  const extension = path.extname(filename);
  if (extension === '.mjs') throw requireEsm(filename, this);
  (Module._extensions[extension] ?? Module._extensions['.js'])(this, filename);
  this.loaded = true;
};

Module.prototype.require = function(id) {
  validateString(id, 'id');
  if (id === '') throw new codes.ERR_INVALID_ARG_VALUE('id', id, 'must be a non-empty string');
  return Module._load(id, this, false);
};

Module.prototype._compile = function(source, filename) {
  if (source.startsWith('#!')) source = `//${source}`;
  sources.add(filename, source, true);
  const body = binding.compileFunction(source, filename);
  Object.defineProperty(body, 'name', { value: 'Object.<anonymous>' });
  const require = makeRequire(this);
  return Reflect.apply(body, this.exports, [this.exports, require, this, filename, path.dirname(filename)]);
};

function makeRequire(module) {
  const require = function require(id) {
    return module.require(id);
  };
  require.resolve = function resolve(request, options) {
    validateString(request, 'request');
    return Module._resolveFilename(request, module, false, options);
  };
  require.resolve.paths = function paths(request) {
    validateString(request, 'request');
    return builtins.builtinId(request) !== undefined ? null : packages.nodeModulesPaths(path.dirname(module.filename));
  };
  require.main = mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

function createRequire(filename) {
  let file = filename;
  if ((typeof file === 'object' && file?.href !== undefined) || (typeof file === 'string' && file.startsWith('file:'))) {
    file = require('url').fileURLToPath(filename);
  }
  if (typeof file !== 'string' || !path.isAbsolute(file)) {
    throw new codes.ERR_INVALID_ARG_VALUE('filename', filename, 'must be a file URL object, file URL string, or absolute path string');
  }
  const module = new Module(file);
  module.filename = file;
  module.paths = packages.nodeModulesPaths(path.dirname(file));
  return makeRequire(module);
}

/** The main script as a file; what names none is reported as Node does, without a stack of requires. */
function resolveMain(script) {
  const found = tryPath(script, false);
  if (found === undefined) throw notFound(script, []);
  return found;
}

function runMain(file) {
  Module._load(file, null, true);
}

/** Code from the command line: a script in the global scope, with what a module has. */
function runEval(code, file) {
  const module = new Module(file);
  module.filename = path.join(process.cwd(), file);
  module.paths = packages.nodeModulesPaths(process.cwd());
  Object.assign(globalThis, { module, exports: module.exports, require: makeRequire(module), __filename: file, __dirname: '.' });
  for (const id of builtins.publicIds()) {
    if (id.includes('/') || id in globalThis) continue;
    Object.defineProperty(globalThis, id, {
      get: () => builtins.requireBuiltin(id),
      set(value) { Object.defineProperty(globalThis, id, { value, writable: true, enumerable: true, configurable: true }); },
      enumerable: false,
      configurable: true,
    });
  }
  sources.add(file, code);
  return binding.runScript(code, file);
}

module.exports = { Module, createRequire, resolveMain, runMain, runEval, makeRequire, resolveFrom };
