const EventEmitter = require('events'), util = require('util');
class A extends EventEmitter { go() { this.emit('go', this.constructor.name); return this; } }
new A().on('go', (n) => console.log('class ' + n)).go();
function B() { EventEmitter.call(this); }
util.inherits(B, EventEmitter);
const b = new B(); b.on('z', function () { console.log('old style', this === b, b instanceof EventEmitter, B.super_ === EventEmitter); }); b.emit('z');
const o = Object.create(EventEmitter.prototype); o.on('q', () => console.log('without constructor')); o.emit('q');
const mixed = Object.assign({}, EventEmitter.prototype); mixed.on('m', () => console.log('mixin')); mixed.emit('m');
