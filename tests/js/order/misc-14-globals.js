console.log(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'structuredClone', 'require', 'Buffer', 'process', 'console', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'performance', 'btoa', 'atob', 'globalThis', 'global'].map((n) => { try { return n + ':' + typeof eval(n); } catch { return n + ':missing'; } }).join(' '));
console.log(btoa('hi'), atob('aGk='), new TextEncoder().encode('é'), new TextDecoder().decode(new Uint8Array([0xc3, 0xa9])));
const c = structuredClone({ d: new Date(0), m: new Map([[1, { x: 2 }]]), a: [1, , 3] }); console.log(c);
try { structuredClone(() => {}); } catch (e) { console.log(e.name); }
const u = new URL('http://u:p@host:8080/p/a?q=1&q=2#h'); console.log(u.host, u.pathname, u.searchParams.getAll('q'), u.hash, u.href);
