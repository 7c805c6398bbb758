import { writeFileSync } from 'fs';
const log = (n, tla) => writeFileSync(n + '.mjs', `console.log('${n} start'); ${tla ? 'await new Promise((r) => setImmediate(r));' : ''} console.log('${n} end');`);
log('x', true); log('y', false); log('z', true);
writeFileSync('root.mjs', "import './x.mjs'; import './y.mjs'; import './z.mjs'; console.log('root');");
await import('file://' + process.cwd() + '/root.mjs');
console.log('done');
