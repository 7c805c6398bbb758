import { writeFileSync } from 'fs';
writeFileSync('a.mjs', 'import { b } from "./b.mjs"; export const a = "A"; console.log("a sees " + b); export function fa() { return "fa"; }');
writeFileSync('b.mjs', 'import { a, fa } from "./a.mjs"; export const b = "B"; console.log("b calls " + fa()); try { a; } catch (e) { console.log("b: " + e.name); } setImmediate(() => console.log("later " + a));');
await import('file://' + process.cwd() + '/a.mjs');
console.log('imported');
