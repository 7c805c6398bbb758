// Timers, immediates, ticks and microtasks between the reads of two connections.
const net = require('net');
const { log, around } = require('./common');

const sockets = [];
const clients = [];
let open = 2;
const server = net.createServer((socket) => {
  const name = `peer${sockets.push(socket)}`;
  log(name);
  if (name === 'peer2') {
    setTimeout(() => {
      clients[0].write('one');
      clients[1].write('two');
    }, 10);
  }
  socket.on('data', (bytes) => {
    log(name, bytes);
    around(name);
    if (name === 'peer2') {
      setTimeout(() => {
        log('timer');
        for (const socket of sockets) socket.end('bye');
      }, 5);
    }
  });
  socket.on('end', () => {
    log(name, 'end');
    process.nextTick(() => log(name, 'tick of end'));
  });
  socket.on('close', () => {
    log(name, 'close');
    setImmediate(() => log(name, 'immediate of close'));
    if (--open === 0) server.close(() => log('closed'));
  });
});
server.listen(0, '127.0.0.1', () => {
  const port = server.address().port;
  const first = net.connect(port, '127.0.0.1', () => {
    const second = net.connect(port, '127.0.0.1', () => {
      clients.push(first, second);
    });
    second.resume();
  });
  first.resume();
});
