const ac = new AbortController();
ac.abort('because');
console.log(ac.signal.reason);
try { ac.signal.throwIfAborted(); } catch (e) { console.log('threw ' + e); }
const pre = AbortSignal.abort(new Error('pre')); console.log(pre.aborted, pre.reason.message);
AbortSignal.abort(); pre.addEventListener('abort', () => console.log('never'));
const fresh = new AbortController(); fresh.signal.throwIfAborted(); console.log('fine');
console.log(Object.prototype.toString.call(fresh), Object.prototype.toString.call(fresh.signal), fresh.signal instanceof EventTarget);
try { new AbortSignal(); } catch (e) { console.log(e.name, e.code); }
