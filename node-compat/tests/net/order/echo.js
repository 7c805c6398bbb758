// A client and an echoing server, each with ticks, microtasks and immediates around its callbacks.
const net = require('net');
const common = require('./common');
const { log, watch, around, wrote } = common;

const server = net.createServer((socket) => {
  log('server connection');
  around('connection');
  watch('peer', socket);
  socket.on('data', (bytes) => {
    log('peer data', bytes);
    around('peer data');
    log('peer write', socket.write(bytes, wrote('peer')));
  });
});
server.on('listening', () => {
  log('server listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  watch('client', client);
  around('listening');
  client.on('connect', () => {
    around('connect');
    log('client write', client.write('hello', wrote('client')));
  });
  client.on('data', (bytes) => {
    log('client data', bytes);
    around('client data');
    client.end(wrote('client end'));
    server.close(() => log('server closed'));
  });
});
server.on('close', () => log('server close'));
server.listen(0, '127.0.0.1');
log('main done');
