// Runs programs of a client `c`, a server `s` and its connections `p` one after the other, each a line of the file that
// is given, and prints what each logs. `interpret.rs` does the same in Rust.
'use strict';
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');

const FIRES = 2;
// No clock is asked: a timer is due when nothing has happened for so many turns of the loop.
const QUIET = 20;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'net-'));
process.on('exit', () => fs.rmSync(dir, { recursive: true }));

const parse = (text) => {
  const words = text.match(/[{}]|[^\s{}]+/g) || [];
  let at = 0;
  const actions = () => {
    const list = [];
    while (at < words.length && words[at] !== '}') {
      const word = words[at++];
      if (words[at] !== '{') {
        list.push({ word });
        continue;
      }
      at++;
      list.push({ word, body: actions() });
      at++;
    }
    return list;
  };
  return actions();
};

class World {
  constructor(text, number) {
    this.rules = new Map();
    this.fired = new Map();
    this.options = new Map();
    this.lines = [];
    this.peers = [];
    this.writes = 0;
    this.timers = [];
    this.busy = this.closed = this.connected = false;
    for (const { word, body } of parse(text)) {
      if (word === 'opts') {
        for (const { word } of body) {
          const [name, value] = word.split(':');
          this.options.set(name, value === undefined ? true : Number(value));
        }
      } else {
        this.rules.set(word, body);
      }
    }
    this.path = path.join(dir, `s${number}`);
    const { options } = this;
    this.server = net.createServer({
      allowHalfOpen: options.has('half-p'),
      pauseOnConnect: options.has('pause-on-connect'),
      highWaterMark: options.get('hwm-p'),
    });
    const { server } = this;
    if (options.has('max')) server.maxConnections = options.get('max');
    server.on('listening', () => this.event('s', 'listening'));
    server.on('connection', (socket) => {
      this.peers.push(socket);
      this.watch('p', socket);
      this.event('s', 'connection');
    });
    server.on('drop', () => this.event('s', 'drop'));
    server.on('error', (error) => this.event('s', 'error', this.text(error)));
    server.on('close', () => this.event('s', 'close'));
    this.client = new net.Socket({ allowHalfOpen: options.has('half-c'), highWaterMark: options.get('hwm-c') });
    this.watch('c', this.client);
  }

  log(...words) {
    let line = words.join(' ').replaceAll(this.path, 'PATH');
    if (this.port) line = line.replaceAll(`:${this.port}`, ':PORT');
    this.lines.push(line);
  }

  text(error) {
    return `${error.code || '-'} ${error.syscall || '-'} ${error.message}`;
  }

  event(name, event, ...words) {
    this.log(name, event, ...words);
    this.fire(`${name}.${event}`);
  }

  fire(key) {
    const body = this.rules.get(key);
    const count = this.fired.get(key) || 0;
    if (body && count < FIRES) {
      this.fired.set(key, count + 1);
      this.run(body);
    }
  }

  watch(name, socket) {
    for (const event of ['connect', 'ready', 'end', 'drain', 'finish', 'timeout'])
      socket.on(event, () => this.event(name, event));
    if (name === 'c') socket.prependListener('connect', () => { this.connected = true; });
    if (!this.options.has(`deaf-${name}`)) socket.on('error', (error) => this.event(name, 'error', this.text(error)));
    socket.on('close', (hadError) => {
      if (name === 'c') [this.busy, this.closed] = [false, true];
      else socket.closedHere = true;
      this.event(name, 'close', !!hadError);
      if (name === 'c' && socket.destroyed && this.server.listening) this.server.close();
    });
    if (!this.options.has(`lazy-${name}`)) this.flow(name, socket);
  }

  flow(name, socket) {
    socket.on('data', (bytes) => this.event(name, 'data', bytes.length));
  }

  run(body) {
    for (const { word, body: inner } of body) {
      const [what, argument] = word.split(':');
      const call = () => {
        this.log(what);
        this.run(inner);
      };
      if (what === 'tick') process.nextTick(call);
      else if (what === 'micro') queueMicrotask(call);
      else if (what === 'imm') setImmediate(call);
      else if (what === 'timer') this.timers.push(call);
      else if (what === 'throw') throw new Error('thrown');
      else if (what === 'log') this.log('log', argument);
      else this.act(what, argument);
    }
  }

  act(what, argument) {
    const [name, action] = what.split('.');
    if (name === 's') return this.serve(action, argument);
    const socket = name === 'c' ? this.client : this.peers.at(-1);
    if (!socket) return this.log(`no ${name}`);
    const bytes = argument && Buffer.alloc(Number(argument), 'x');
    const told = (call) => {
      const label = `${call}#${++this.writes}`;
      return [label, (error) => {
        this.log(name, label, error ? this.text(error) : 'ok');
        this.fire(`${name}.${call}`);
      }];
    };
    switch (action) {
      case 'connect':
        // Node leaves what waited for a connection that never came to the next one, and forgets in part what came before.
        const isAnew = this.closed && this.connected;
        if (this.busy || !(isAnew ? socket.destroyed : socket.writable)) return this.log(name, 'busy');
        if (this.options.has('tcp')) socket.connect(this.port, '127.0.0.1');
        else socket.connect(this.path);
        [this.busy, this.closed, this.connected] = [true, false, false];
        break;
      case 'write': {
        const [label, callback] = told('wrote');
        this.log(name, label, 'returns', socket.write(bytes, callback));
        break;
      }
      case 'writeq': this.log(name, 'writeq', socket.write(bytes)); break;
      case 'end': {
        const [, callback] = told('ended');
        if (argument) socket.write(bytes);
        // Node never calls it then, and we do.
        if (socket.destroyed && !socket.writableEnded) socket.end();
        else socket.end(callback);
        break;
      }
      case 'endq': socket.end(); break;
      case 'cork': socket.cork(); break;
      case 'uncork': socket.uncork(); break;
      case 'destroy': socket.destroy(); break;
      case 'fail': socket.destroy(new Error('own')); break;
      case 'soon': socket.destroySoon(); break;
      case 'reset':
        try {
          socket.resetAndDestroy();
        } catch (error) {
          this.log(name, 'threw', this.text(error));
        }
        break;
      case 'pause': socket.pause(); break;
      case 'resume': socket.resume(); break;
      case 'flow': this.flow(name, socket); break;
      case 'timeout': socket.setTimeout(Number(argument)); break;
      case 'ref': socket.ref(); break;
      case 'unref': socket.unref(); break;
      case 'nodelay': socket.setNoDelay(argument === '1'); break;
      case 'keepalive': socket.setKeepAlive(argument !== '0', Number(argument)); break;
      case 'state': {
        const flags = ['writable', 'destroyed', 'pending', 'connecting', 'writableEnded', 'writableFinished'];
        const set = flags.filter((flag) => socket[flag]);
        if (socket.isPaused()) set.push('paused');
        // Node adds up nothing while several corked writes wait for the connection.
        const written = Number.isNaN(socket.bytesWritten) ? socket.writableLength : socket.bytesWritten;
        const counts = [socket.writableLength, socket.readableLength, socket.bytesRead, written];
        this.log(name, 'state', ...set, ...counts.map((count) => count || 0));
        break;
      }
      default: throw new Error(`unknown action ${what}`);
    }
  }

  serve(action, argument) {
    const { server } = this;
    switch (action) {
      case 'listen':
        try {
          if (this.options.has('tcp')) {
            server.listen(0);
            this.port ||= server.address()?.port;
          } else {
            server.listen(this.path);
          }
        } catch (error) {
          this.log('s threw', this.text(error));
        }
        break;
      case 'shut': server.close(); break;
      case 'close': server.close((error) => {
        this.log('s closed', error ? this.text(error) : 'ok');
        this.fire('s.closed');
      }); break;
      case 'ref': server.ref(); break;
      case 'unref': server.unref(); break;
      case 'max': server.maxConnections = Number(argument); break;
      case 'count': server.getConnections((error, count) => this.log('s count', error ? error.code : count)); break;
      case 'state': this.log('s state', server.listening, server._connections); break;
      default: throw new Error(`unknown action s.${action}`);
    }
  }

  start() {
    let quiet = 0;
    let lines = 0;
    let guards = 0;
    const turn = () => {
      quiet = lines === this.lines.length ? quiet + 1 : 0;
      lines = this.lines.length;
      if (quiet === QUIET) {
        quiet = 0;
        const timer = this.timers.shift();
        if (timer) {
          setImmediate(turn);
          return timer();
        }
        const isOpen = this.server.listening || this.busy || this.peers.some((peer) => !peer.closedHere);
        if (!isOpen) return;
        if (++guards === 3) {
          this.log('stuck');
          process.stdout.write(this.report());
          process.exit(0);
        }
        this.guard();
      }
      setImmediate(turn);
    };
    setImmediate(turn);
    this.fire('main');
  }

  // What goes on for ever is ended.
  guard() {
    this.log('guard');
    if (!this.client.destroyed) this.client.destroy();
    for (const peer of this.peers) if (!peer.destroyed) peer.destroy();
    if (this.server.listening) this.server.close();
  }

  report() {
    return `${this.lines.join('\n')}\n\n`;
  }
}

const programs = fs.readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean);
let world;
process.on('uncaughtException', (error) => {
  if (!world || /unknown action/.test(error.message)) {
    console.error(error);
    process.exit(1);
  }
  world.log('uncaught', error.code || '-', error.message);
});
let number = 0;
process.on('beforeExit', () => {
  if (world) process.stdout.write(world.report());
  world = undefined;
  if (number < programs.length) {
    setImmediate(() => {
      world = new World(programs[number], number++);
      world.start();
    });
  }
});
