console.log(queueMicrotask.name, queueMicrotask.length, typeof queueMicrotask(() => {}));
queueMicrotask(() => console.log('one'));
queueMicrotask(async () => { console.log('two'); await 0; console.log('two later'); });
queueMicrotask(function () { console.log('args ' + arguments.length); });
for (const bad of [undefined, null, 'x', 1, {}]) {
  try { queueMicrotask(bad); } catch (e) { console.log(e.name, e.code, e.message); }
}
