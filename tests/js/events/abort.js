// AbortController and AbortSignal.
const attempt = (fn) => { try { console.log(fn()); } catch (e) { console.log(e.name, e.code, e.message); } };
const controller = new AbortController();
const { signal } = controller;
console.log(controller, signal, { a: { b: { controller } } }, String(signal), controller.signal === signal, signal.reason, signal.onabort);
signal.addEventListener('abort', (e) => console.log('first', e.type, e.isTrusted, e.target === signal, signal.aborted));
signal.onabort = () => console.log('replaced');
signal.addEventListener('abort', () => console.log('last'));
signal.onabort = function(e) { console.log('onabort', this === signal, e.type); };
console.log(signal.throwIfAborted());
console.log(controller.abort());
controller.abort('again');
console.log(signal.aborted, signal.reason.name, signal.reason.code, signal.reason.message, signal.reason instanceof DOMException, signal.reason instanceof Error);
attempt(() => signal.throwIfAborted());
for (const reason of [undefined, null, 0, 'text', new Error('own')]) {
  const other = new AbortController();
  other.abort(reason);
  console.log(String(other.signal.reason), String(AbortSignal.abort(reason).reason), AbortSignal.abort(reason).aborted);
}
signal.onabort = 5;
console.log(signal.onabort);
attempt(() => new AbortSignal());
attempt(() => AbortSignal.prototype.aborted);
attempt(() => AbortSignal.timeout('a'));
attempt(() => AbortSignal.timeout(-1));
attempt(() => AbortSignal.timeout(2 ** 32));
attempt(() => AbortSignal.any('a'));
attempt(() => AbortSignal.any([1]));
attempt(() => AbortSignal.any([null]));

const a = new AbortController();
const b = new AbortController();
const any = AbortSignal.any([a.signal, b.signal, a.signal]);
const nested = AbortSignal.any([any]);
const order = [];
nested.addEventListener('abort', () => order.push('nested', any.aborted));
any.addEventListener('abort', () => order.push('any', nested.aborted));
b.signal.addEventListener('abort', () => order.push('b', any.aborted));
b.abort('why');
a.abort('too late');
console.log(order, any.reason, nested.reason, AbortSignal.any([b.signal, a.signal]).reason, AbortSignal.any([]).aborted);

const soon = AbortSignal.timeout(1);
soon.addEventListener('abort', () => console.log('timeout', soon.reason.name, soon.reason.code, soon.reason.message));
const keepAlive = setTimeout(() => console.log('kept alive'), 30);
soon.addEventListener('abort', () => clearTimeout(keepAlive));
AbortSignal.timeout(1e6).addEventListener('abort', () => console.log('never'));
