// The other end cuts the connection off.
const net = require('net');
const { log, watch, wrote, around } = require('./common');

const server = net.createServer((socket) => {
  watch('peer', socket);
  socket.on('data', (bytes) => {
    log('peer data', bytes);
    socket.resetAndDestroy();
    around('reset');
  });
});
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => client.write('cut me off', wrote('client')));
  watch('client', client);
  client.on('error', (error) => {
    log(error.syscall, error.address, error.port);
    around('error');
    log(client.write('more', wrote('more')));
  });
  client.on('close', () => server.close(() => log('closed')));
});
