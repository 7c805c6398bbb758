for (const spec of ['./does-not-exist.mjs', 'no-such-package', 'node:nope', '/nowhere.js']) {
  try { await import(spec); } catch (e) { console.log(spec, e.code); }
}
import { writeFileSync } from 'fs';
writeFileSync('bad.mjs', 'throw new Error("while evaluating")');
const url = 'file://' + process.cwd() + '/bad.mjs';
for (let i = 0; i < 2; i++) try { await import(url); } catch (e) { console.log(e.message); }
