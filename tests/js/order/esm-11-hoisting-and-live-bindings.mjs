import { writeFileSync } from 'fs';
writeFileSync('count.mjs', 'export let n = 0; export const inc = () => { n++; }; console.log("count.mjs first");');
writeFileSync('use.mjs', 'console.log("use.mjs body"); import { n, inc } from "./count.mjs"; console.log(n); inc(); inc(); console.log(n); export { n as now }; export * from "./count.mjs";');
const u = await import('file://' + process.cwd() + '/use.mjs');
console.log(u.now, Object.keys(u).join());
u.inc(); console.log(u.now, u.n);
try { u.n = 5; } catch (e) { console.log(e.name); }
