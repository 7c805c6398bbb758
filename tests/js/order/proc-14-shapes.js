console.log(typeof process.pid, process.ppid > 0, typeof process.title, process.platform, process.arch.length > 0);
console.log(process.version.startsWith('v'), typeof process.versions.node, process.release.name);
const m = process.memoryUsage();
console.log(['rss', 'heapTotal', 'heapUsed', 'external', 'arrayBuffers'].every((k) => typeof m[k] === 'number'), typeof process.memoryUsage.rss());
const c = process.cpuUsage(), d = process.cpuUsage(c);
console.log(Object.keys(c).join(), d.user >= 0 && d.system >= 0);
console.log(Object.prototype.toString.call(process), process === globalThis.process, require('process') === process);
