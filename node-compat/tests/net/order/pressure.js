// Writes that say to hold back, and their drain; a paused reader.
const net = require('net');
const { log, watch, wrote } = require('./common');

const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  let count = 0;
  watch('peer', socket);
  socket.on('data', (bytes) => { count += bytes.length; });
  socket.on('end', () => log('peer has', count, socket.bytesRead));
  log('peer paused', socket.isPaused());
  setTimeout(() => socket.resume(), 20);
});
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1');
  watch('client', client);
  log(client.write('x'.repeat(10000), wrote('early')), client.writableLength);
  log(client.write('x'.repeat(6383)), client.writableLength, client.writableHighWaterMark);
  log(client.write('x', wrote('late')), client.writableLength, client.bytesWritten);
  client.on('connect', () => {
    log('length', client.writableLength);
    setImmediate(() => {
      log('length', client.writableLength);
      log(client.write(Buffer.alloc(1 << 25), wrote('large')), client.writableLength);
      log(client.write('small', wrote('small')), client.writableLength);
      log(client.write('nobody asks'));
      client.once('drain', () => {
        log(client.write('after', wrote('after')));
        client.end(wrote('end'));
        server.close();
      });
      log(client.bytesWritten);
    });
  });
});
