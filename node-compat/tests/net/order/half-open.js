// Both ends stay open on one side when the other has ended.
const net = require('net');
const { log, watch, around, wrote } = require('./common');

let peer;
const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  watch('peer', socket);
  socket.on('data', (bytes) => log('peer data', bytes));
  socket.on('end', () => {
    around('peer end');
    peer = socket;
    setImmediate(() => {
      log('peer write', socket.write('late', wrote('peer')));
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  const client = new net.Socket({ allowHalfOpen: true });
  watch('client', client);
  client.on('data', (bytes) => {
    log('client data', bytes);
    setImmediate(() => peer.end(wrote('peer end')));
  });
  client.on('end', () => {
    log('client writable', client.writable, 'finished', client.writableFinished);
    server.close();
  });
  client.connect(server.address().port, '127.0.0.1', () => {
    client.write('early');
    client.end();
    log('client writable', client.writable);
  });
});
