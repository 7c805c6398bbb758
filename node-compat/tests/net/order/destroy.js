// Sockets that are destroyed: before they connect, as they do, with an error, and with writes under way.
const net = require('net');
const { log, watch, around, wrote } = require('./common');

let left = 4;
const server = net.createServer((socket) => {
  socket.resume();
  socket.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => {
  const port = server.address().port;
  const done = () => {
    if (--left === 0) server.close(() => log('server closed'));
    else next();
  };
  const next = () => {
    const client = new net.Socket();
    const name = `client${left}`;
    watch(name, client);
    client.on('close', done);
    client.connect(port, '127.0.0.1');
    if (left === 4) {
      client.write('lost', wrote(name));
      client.end(wrote(`${name} end`));
      client.destroy();
      around(name);
      log(client.write('too late', wrote(`${name} late`)));
    } else if (left === 3) {
      client.on('connect', () => {
        client.destroy();
        client.destroy(new Error('again'));
        around(name);
        log(client.destroyed, client.pending);
      });
    } else if (left === 2) {
      client.on('connect', () => {
        client.destroy(new Error('enough'));
        around(name);
      });
    } else {
      client.on('connect', () => {
        log(client.write(Buffer.alloc(1 << 24), wrote(`${name} 1`)));
        log(client.write('second', wrote(`${name} 2`)));
        log(client.write('third', wrote(`${name} 3`)));
        client.end(wrote(`${name} end`));
        client.destroy();
        around(name);
      });
    }
  };
  next();
});
