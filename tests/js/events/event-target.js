// Event, EventTarget and CustomEvent: members, messages, state during and after a dispatch.
const attempt = (fn) => { try { console.log(fn()); } catch (e) { console.log(e.name, e.code, e.message); } };
const members = (Class) => Object.getOwnPropertyNames(Class.prototype).map((key) => {
  const d = Object.getOwnPropertyDescriptor(Class.prototype, key);
  return `${key}${d.enumerable ? ' e' : ''}${d.configurable ? ' c' : ''}${d.get ? ' g' : ''}${d.set ? ' s' : ''}`;
});
for (const Class of [Event, EventTarget, CustomEvent]) console.log(Class.name, Class.length, members(Class));
console.log(Event.NONE, Event.CAPTURING_PHASE, Event.AT_TARGET, Event.BUBBLING_PHASE);

const target = new EventTarget();
attempt(() => target.addEventListener('q'));
attempt(() => target.addEventListener());
attempt(() => target.addEventListener('q', 1));
attempt(() => target.addEventListener('q', 'handler'));
attempt(() => target.addEventListener('q', {}));
attempt(() => target.addEventListener('q', () => {}, 1));
attempt(() => target.addEventListener('q', () => {}, { signal: 1 }));
attempt(() => target.addEventListener('q', () => {}, { signal: null }));
attempt(() => target.addEventListener(Symbol('q'), () => {}));
attempt(() => target.removeEventListener('q'));
attempt(() => target.removeEventListener('q', 5));
attempt(() => target.removeEventListener('q', null));
attempt(() => target.dispatchEvent({}));
attempt(() => target.dispatchEvent());
attempt(() => new Event());
attempt(() => new Event('a', 1));
attempt(() => new Event('a', []));
attempt(() => new Event('a', null).type);
attempt(() => new CustomEvent());
attempt(() => new CustomEvent('a', () => {}));
attempt(() => EventTarget.prototype.addEventListener.call({}, 'a', () => {}));
attempt(() => Event.prototype.preventDefault.call({}));
attempt(() => Event.prototype.type);

const state = (e) => [e.type, e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.returnValue, e.cancelBubble, e.eventPhase,
  e.target === target, e.currentTarget === target, e.srcElement === target, e.composedPath().length, e.isTrusted];
const event = new Event('x', { cancelable: true, bubbles: 1, composed: 'yes' });
console.log(state(event));
target.addEventListener('x', (e) => {
  e.preventDefault();
  e.stopPropagation();
  console.log(state(e));
  attempt(() => target.dispatchEvent(e));
  e.initEvent('other', false, false);
});
console.log(target.dispatchEvent(event), state(event));
event.initEvent('renamed', false, false);
console.log(state(event));
console.log(new CustomEvent('a').detail, new CustomEvent('a', { detail: 3 }).detail, new CustomEvent('a', { detail: undefined }).detail, new Event(1).type, new Event(null).type);
console.log(String(event), String(target), String(new CustomEvent('a')), target, { a: { b: { c: target } } });
console.log(require('util').inspect(new Event('shown', { cancelable: true })).replace(/\d+(\.\d+)?/, 'N'));

const late = {};
target.addEventListener('late', late);
late.handleEvent = function() { console.log('late handler', this === late); };
target.dispatchEvent(new Event('late'));
target.addEventListener('this', function(e) { console.log(this === target, e.type); });
target.dispatchEvent(new Event('this'));

process.on('uncaughtException', (error) => console.log('uncaught', error.message));
target.addEventListener('boom', () => { throw new Error('thrown'); });
target.addEventListener('boom', async () => { throw new Error('rejected'); });
target.addEventListener('boom', () => console.log('still called'));
process.nextTick(() => console.log('tick before'));
console.log(target.dispatchEvent(new Event('boom')));
process.nextTick(() => console.log('tick after'));
Promise.resolve().then(() => console.log('microtask'));
