// Calls that come too late.
const net = require('net');
const { log, watch, wrote } = require('./common');

const unconnected = new net.Socket();
watch('unconnected', unconnected);
log(unconnected.write('nowhere', wrote('unconnected')), unconnected.writableLength);
unconnected.on('close', () => {
  const server = net.createServer((socket) => {
    watch('peer', socket);
    socket.resume();
    socket.on('close', () => {
      setImmediate(() => log(socket.write('to nobody', wrote('after the end'))));
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const client = net.connect(server.address().port, '127.0.0.1');
    watch('client', client);
    client.resume();
    client.on('connect', () => {
      client.end(wrote('end 1'));
      client.end(wrote('end 2'));
    });
    client.on('finish', () => client.end(wrote('end 3')));
    client.on('close', () => {
      client.end(wrote('end 4'));
      const other = net.connect(server.address().port, '127.0.0.1', () => {
        other.end();
        log(other.write('more', wrote('after one\'s own end')));
        server.close();
      });
      watch('other', other);
      other.resume();
    });
  });
});
