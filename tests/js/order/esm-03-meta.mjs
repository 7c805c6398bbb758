import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
console.log(import.meta.url.startsWith('file:///'), path.basename(fileURLToPath(import.meta.url)));
console.log(typeof import.meta.resolve, typeof require, typeof module, typeof __filename, this);
console.log(import.meta.url === pathToFileURL(process.argv[1]).href, (() => { try { undeclared = 1; } catch (e) { return e.name; } })());
