'use strict';
process.nextTick(function () { console.log('strict this ' + (this === undefined) + ' ' + typeof this); });
process.nextTick(function () { console.log('bound ' + this.name); }.bind({ name: 'obj' }));
class Counter {
  n = 0;
  arrow = () => { this.n++; console.log('arrow ' + this.n); };
  method() { console.log('lost this ' + (this === undefined)); }
}
const c = new Counter();
process.nextTick(c.arrow);
process.nextTick(c.method);
process.nextTick(() => c.arrow());
