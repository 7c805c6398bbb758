// What Debian's Node does on a libuv, one chapter after another; it prints the same on each.
'use strict';
const { once } = require('events');
const { promisify } = require('util');
const child = require('child_process');
const cluster = require('cluster');
const dgram = require('dgram');
const dns = require('dns');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const text = (stream) => new Promise((resolve, reject) => {
  let all = '';
  stream.setEncoding('utf8').on('data', (piece) => { all += piece; }).on('end', () => resolve(all)).on('error', reject);
});

const chapters = {
  async timers() {
    const order = [];
    setTimeout(() => order.push('timeout 2'), 2);
    setTimeout(() => order.push('timeout 1'), 1);
    setImmediate(() => order.push('immediate'));
    process.nextTick(() => order.push('tick'));
    Promise.resolve().then(() => order.push('promise'));
    let turns = 0;
    await new Promise((resolve) => {
      const interval = setInterval(() => { if (++turns === 3) { clearInterval(interval); resolve(); } }, 1);
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [order.slice(0, 2), order.sort(), turns];
  },

  async net() {
    const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const sizes = await Promise.all([1, 1000, 1000000].map(async (size) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.end('x'.repeat(size));
      return (await text(socket)).length;
    }));
    server.close();
    await once(server, 'close');
    const refused = net.connect(port, '127.0.0.1');
    const [error] = await once(refused, 'error');
    const name = path.join(process.cwd(), 'socket');
    const local = net.createServer((socket) => socket.end('by name')).listen(name);
    await once(local, 'listening');
    const greeting = await text(net.connect(name));
    local.close();
    await once(local, 'close');
    const half = net.createServer({ allowHalfOpen: true }, async (socket) => socket.end((await text(socket)).toUpperCase()));
    half.listen(0, '::1');
    await once(half, 'listening');
    const talker = net.connect({ port: half.address().port, host: '::1', noDelay: true, keepAlive: true });
    talker.end('after the end');
    const answer = await text(talker);
    half.close();
    return [sizes, error.code, greeting, answer, fs.existsSync(name)];
  },

  async fs() {
    const p = fs.promises;
    const dir = await p.mkdtemp('dir-');
    const file = path.join(dir, 'file');
    await p.writeFile(file, 'content');
    await p.appendFile(file, ' and more');
    await p.copyFile(file, path.join(dir, 'copy'));
    await p.symlink('file', path.join(dir, 'link'));
    const handle = await p.open(file, 'r+');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 3);
    await handle.truncate(7);
    const { size } = await handle.stat();
    await handle.close();
    const names = (await p.readdir(dir, { withFileTypes: true })).map((entry) => [entry.name, entry.isSymbolicLink()]).sort();
    const errors = await Promise.allSettled([p.readFile(path.join(dir, 'nothing')), p.mkdir(dir), p.rmdir(dir), p.readdir(file)]);
    const piped = fs.createReadStream(file, { highWaterMark: 3 }).pipe(fs.createWriteStream(path.join(dir, 'piped')));
    await once(piped, 'finish');
    const watcher = fs.watch(dir);
    fs.writeFileSync(path.join(dir, 'seen'), '');
    const [event, name] = await once(watcher, 'change');
    watcher.close();
    const seen = [];
    for await (const entry of await p.opendir(dir, { bufferSize: 2 })) seen.push(entry.name);
    const watched = path.join(dir, 'polled');
    // A change goes unseen that comes before the first look: so it goes on.
    let length = 0;
    const grow = setInterval(() => { fs.writeFileSync(`${watched}.new`, 'x'.repeat(++length)); fs.renameSync(`${watched}.new`, watched); }, 30);
    const grown = await new Promise((resolve) => {
      fs.watchFile(watched, { interval: 10 }, (now, before) => { if (now.size > before.size) resolve(true); });
    });
    clearInterval(grow);
    fs.unwatchFile(watched);
    const link = await p.readlink(path.join(dir, 'link'));
    await p.rm(dir, { recursive: true });
    return [bytesRead, `${buffer}`, size, names, errors.map((error) => error.reason.code), event, name, seen.sort(), grown, link,
            fs.existsSync(dir)];
  },

  async dgram() {
    const [one, two] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
    await Promise.all([one, two].map((socket) => promisify(socket.bind).call(socket, 0, '127.0.0.1')));
    two.on('message', (message, from) => two.send(`${message} back`, from.port, from.address));
    const messages = [];
    for (const number of [1, 2, 3]) {
      one.send(['datagram ', String(number)], two.address().port, '127.0.0.1');
      const [message] = await once(one, 'message');
      messages.push(`${message}`);
    }
    await promisify(one.connect).call(one, two.address().port, '127.0.0.1');
    one.setBroadcast(true);
    one.setTTL(10);
    one.send('connected');
    const [last] = await once(one, 'message');
    const { port } = one.remoteAddress();
    const same = port === two.address().port;
    one.close();
    two.close();
    return [messages, `${last}`, same];
  },

  async http() {
    const server = http.createServer(async (request, response) => {
      const body = await text(request);
      response.setHeader('X-Length', body.length);
      response.end(`${request.method} ${request.url} ${body.slice(0, 10)}`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const ask = async (number) => {
      const request = http.request({ port: server.address().port, host: '127.0.0.1', path: `/${number}`, method: 'POST', agent });
      request.end('body'.repeat(number * 10000));
      const [response] = await once(request, 'response');
      return [response.statusCode, response.headers['x-length'], await text(response)];
    };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(ask));
    agent.destroy();
    server.close();
    await once(server, 'close');
    return answers;
  },

  async child_process() {
    const exec = promisify(child.execFile);
    const { stdout } = await exec('sh', ['-c', 'echo out; echo err >&2']);
    const failed = await exec('sh', ['-c', 'exit 3']).catch((error) => error.code);
    const missing = await exec('/no/such/program').catch((error) => error.code);
    const cat = child.spawn('cat');
    cat.stdin.end('through cat');
    const through = await text(cat.stdout);
    const sleeper = child.spawn('sleep', ['100']);
    sleeper.kill('SIGTERM');
    const [, signal] = await once(sleeper, 'exit');
    const sync = child.spawnSync('sh', ['-c', 'cat; exit 2'], { input: 'at once' });
    const late = child.spawnSync('sleep', ['100'], { timeout: 20 });
    const fork = child.fork(__filename, ['fork']);
    fork.send({ number: 20 });
    const [{ number }] = await once(fork, 'message');
    fork.disconnect();
    const [code] = await once(fork, 'exit');
    const passer = child.fork(__filename, ['passed']);
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    passer.send('server', server);
    await once(passer, 'message');
    const { port } = server.address();
    server.close();
    const exited = once(passer, 'exit');
    const passed = await text(net.connect(port, '127.0.0.1'));
    await exited;
    return [stdout, failed, missing, through, signal, sync.status, `${sync.stdout}`, late.error.code, number, code, passed];
  },

  async cluster() {
    cluster.setupPrimary({ args: ['cluster'] });
    const workers = [cluster.fork(), cluster.fork()];
    const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'message')));
    const said = new Set();
    for (let i = 0; i < 20; i++) said.add(await text(net.connect(port, '127.0.0.1')));
    for (const worker of workers) worker.disconnect();
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    return [...said].sort();
  },

  async worker_threads() {
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const workers = [1, 2, 3].map((number) => new Worker(__filename, { workerData: { number, shared } }));
    const messages = await Promise.all(workers.map(async (worker) => {
      const [message] = await once(worker, 'message');
      worker.postMessage('end');
      const [code] = await once(worker, 'exit');
      return [message, code];
    }));
    const endless = new Worker('setInterval(() => {}, 1000)', { eval: true });
    await once(endless, 'online');
    return [messages, shared[0], await endless.terminate()];
  },

  async others() {
    const { address } = await dns.promises.lookup('127.0.0.1');
    const { hostname, service } = await dns.promises.lookupService('127.0.0.1', 65000).catch((error) => error);
    const signaled = once(process, 'SIGUSR2');
    // To wait for a signal keeps nothing alive.
    const interval = setInterval(() => {}, 1000);
    process.kill(process.pid, 'SIGUSR2');
    const [signal] = await signaled;
    clearInterval(interval);
    const key = await promisify(require('crypto').pbkdf2)('secret', 'salt', 1000, 8, 'sha256');
    const zipped = await promisify(require('zlib').gzip)('zip'.repeat(1000));
    return [address, typeof hostname, service, signal, key.toString('hex'), zipped.length < 100];
  },
};

async function main() {
  for (const [name, chapter] of Object.entries(chapters)) console.log(name, JSON.stringify(await chapter()));
}

if (!isMainThread && workerData) {
  const { number, shared } = workerData;
  Atomics.add(shared, 0, number);
  parentPort.postMessage(`worker ${number}`);
  parentPort.once('message', () => process.exit(number));
} else if (process.argv[2] === 'fork') {
  process.once('message', ({ number }) => process.send({ number: number + 1 }));
} else if (process.argv[2] === 'passed') {
  process.once('message', (message, server) => {
    server.on('connection', (socket) => { socket.end('passed on'); server.close(); process.disconnect(); });
    process.send('has it');
  });
} else if (cluster.isWorker) {
  const server = net.createServer((socket) => socket.end(`worker ${cluster.worker.id}`)).listen(0, '127.0.0.1');
  server.on('listening', () => process.send(server.address()));
} else {
  main();
}
