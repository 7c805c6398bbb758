// Listeners that throw; somebody handles it.
const net = require('net');
const { log, around } = require('./common');

process.on('uncaughtException', (error) => log('uncaught', error.message));
const server = net.createServer((socket) => {
  socket.on('data', () => {
    around('data');
    throw new Error('data');
  });
  socket.on('end', () => {
    throw new Error('end');
  });
  socket.on('close', () => {
    log('peer close');
    server.close();
    throw new Error('close');
  });
  socket.on('finish', () => log('peer finish'));
  throw new Error('connection');
});
server.on('close', () => log('server close'));
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => {
    client.write('one', () => {
      client.write('two', () => client.end());
      throw new Error('written');
    });
    throw new Error('connect');
  });
  client.on('ready', () => log('never ready'));
  client.resume();
  client.on('end', () => log('client end'));
  client.on('close', () => log('client close'));
  setTimeout(() => {
    // A throw in an 'end' listener leaves the socket half open, as in Node.
    if (!client.destroyed) {
      log('client is open', client.writableFinished);
      client.destroy(new Error('nobody listens'));
    }
    server.close(() => log('server closed'));
    setTimeout(() => process.exit(), 20);
  }, 300);
});
