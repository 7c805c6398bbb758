// Unix sockets, and what goes wrong with them.
const net = require('net');
const fs = require('fs');
const { log, watch, around, wrote } = require('./common');

const dir = fs.mkdtempSync('/tmp/order-');
process.chdir(dir);
const server = net.createServer((socket) => {
  watch('peer', socket);
  log(socket.remoteAddress, socket.localPort);
  socket.end('welcome', wrote('peer'));
  socket.resume();
});
server.listen('socket');
log('listening', server.listening, server.address());
around('main');
server.on('listening', () => {
  log('server listening');
  const again = net.createServer();
  again.on('error', (error) => {
    log(error.message, error.syscall, error.address);
    const nobody = net.connect('nobody');
    watch('nobody', nobody);
    around('nobody');
    nobody.on('close', () => {
      const client = net.connect('socket');
      log('connecting', client.connecting);
      watch('client', client);
      client.on('data', (bytes) => {
        log('client data', bytes);
        server.close(() => {
          log(fs.readdirSync('.').length);
          fs.rmdirSync(dir);
        });
      });
    });
  });
  again.listen('socket');
  log('again', again.listening);
});
