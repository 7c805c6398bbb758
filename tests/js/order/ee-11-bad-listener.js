const { EventEmitter } = require('events');
const e = new EventEmitter();
for (const m of ['on', 'once', 'addListener', 'prependListener', 'off']) for (const bad of [undefined, null, 'x', {}]) {
  try { e[m]('x', bad); console.log('ok'); } catch (x) { console.log(m, x.code, x.message); }
}
