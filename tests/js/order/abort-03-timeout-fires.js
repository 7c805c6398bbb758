const s = AbortSignal.timeout(10);
s.addEventListener('abort', () => console.log('abort', s.reason.name, s.reason.code));
setTimeout(() => console.log('end ' + s.aborted), 80);
