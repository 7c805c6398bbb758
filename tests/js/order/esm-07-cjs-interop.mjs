import { writeFileSync } from 'fs';
import { createRequire } from 'module';
writeFileSync('c.cjs', "exports.a = 1; exports.b = () => 'b'; console.log('cjs evaluated', typeof require, module.exports === exports);");
const ns = await import('file://' + process.cwd() + '/c.cjs');
console.log(ns.default.a, ns.a, ns.b());
const require = createRequire('file://' + process.cwd() + '/x.js');
console.log(require('./c.cjs') === ns.default, require('fs').existsSync('c.cjs'));
