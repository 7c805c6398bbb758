const ac = new AbortController();
ac.signal.addEventListener('abort', (e) => console.log('listener', e.type, e.target === ac.signal));
ac.signal.onabort = () => console.log('onabort');
console.log(ac.signal.aborted, ac.signal.reason);
ac.abort();
ac.abort('again');
console.log(ac.signal.aborted, ac.signal.reason.name, ac.signal.reason.code, ac.signal.reason.message);
process.nextTick(() => console.log('tick'));
