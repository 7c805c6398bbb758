const fsp = require('fs/promises');
const ac = new AbortController();
ac.abort();
fsp.readFile(__filename, { signal: ac.signal }).catch((e) => console.log(e.name, e.code));
fsp.writeFile('x', 'y', { signal: AbortSignal.abort() }).catch((e) => console.log(e.name, e.code)).then(() => console.log(require('fs').existsSync('x')));
