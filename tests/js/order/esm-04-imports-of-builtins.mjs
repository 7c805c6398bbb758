import fs, { readFileSync } from 'fs';
import * as events from 'node:events';
import EventEmitter, { once } from 'events';
import process2 from 'process';
import { setTimeout as sleep } from 'timers/promises';
console.log(fs.readFileSync === readFileSync, events.default === EventEmitter, typeof once, process2 === process);
console.log(await sleep(1, 'slept'));
console.log(Object.keys(await import('path')).includes('join'), (await import('fs')).default === fs);
